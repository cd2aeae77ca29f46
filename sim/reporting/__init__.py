"""The report: results in; sentences, tables, figures and a typeset page out.

It knows the results and nothing below them: what is printed stands in the files of a run.

Names are loaded when they are first used (the list is `__init__.pyi`): Matplotlib takes a second.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
