"""Process-flow simulation of solid-electrolyte manufacturing routes.

Everything that a user calls is here; `__init__.pyi` is the list. Names are loaded when they are first used, so
``import sim`` costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
