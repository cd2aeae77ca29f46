from . import terminal as terminal
from .contract import schema as schema
from .document import write_report as write_report
from .figures import break_even_map as break_even_map
from .figures import effects as effects
from .figures import process_graph as process_graph
from .figures import save_figure as save_figure
from .figures import slug as slug
