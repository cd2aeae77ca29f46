from .api import Results as Results
from .api import Study as Study
from .api import bottleneck as bottleneck
from .api import check as check
from .api import compare as compare
from .api import draw_route as draw_route
from .api import init as init
from .api import load_run as load_run
from .api import load_scenario as load_scenario
from .api import optimise as optimise
from .api import report as report
from .api import run as run
from .api import save as save
from .api import schema as schema
from .api import sensitivity as sensitivity
from .api import show as show
from .api import sources as sources
from .api import sweep as sweep
from .api import validate as validate
from .errors import DeadlockError as DeadlockError
from .errors import InputError as InputError
from .errors import Issue as Issue
from .errors import ReportError as ReportError
from .errors import SimError as SimError
from .errors import SimulationError as SimulationError
from .errors import SimWarning as SimWarning

__version__: str
