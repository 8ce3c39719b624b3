"""Registration of models, their developers and training runs; duties by jurisdiction; compute with its uncertainty."""

from commonweal.kernel.instrument import Instrument, Text

from .epoch import importers
from .kinds import KINDS
from .table import table_acts

__all__ = ["INSTRUMENT", "table_acts"]

INSTRUMENT = Instrument(
    id="model_registration",
    title=Text(en="Model registration", zh="模型登记"),
    summary=Text(
        en="Who trains what, with how much computation, and which notification is owed to whom by when.",
        zh="谁在训练什么、使用多少计算量，以及应在何时向谁作出何种通知。",
    ),
    kinds=KINDS,
    importers=tuple(importers()),
)
