"""Analysis: a study and a question in, a table out.

What moves a line (one number at a time, samples of all), sweeps, sensitivity, bottlenecks, confirmed counts, the
cheapest plant: everything asks the same of a line, what these changes do to its indicators.

Names are loaded when they are first used (the list is `__init__.pyi`): scipy and SALib take a second.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
