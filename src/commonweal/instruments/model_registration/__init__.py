"""Registration of models, their developers and training runs; duties by jurisdiction; compute with its uncertainty."""

from commonweal.kernel.instrument import Entry, Instrument, OwnText, Reader, Response, Text

from . import estimates, lineage, notices
from .certificate import CERTIFICATE, CERTIFICATES, certificate
from .crossing import PLAYBOOK, crossing_story
from .epoch import importers
from .facts import FACTS
from .family import LINEAGE
from .kinds import KINDS
from .listings import LISTINGS
from .standing import TABLES, follow
from .statistics import STATISTICS
from .table import table_acts
from .views import PAGES

__all__ = ["INSTRUMENT", "certificate", "crossing_story", "table_acts"]


def _notification_owed(entry: Entry, reader: Reader) -> str | None:
    """The subject of a duty to notify that has come to be owed."""
    owed = entry.body.get("duty") == "notification" and entry.body.get("state") == "owed"
    return entry.subject if owed else None


INSTRUMENT = Instrument(
    id="model_registration",
    title=Text(en="Model registration", zh="模型登记"),
    summary=Text(
        en="Who trains what, with how much computation, and which notification is owed to whom by when.",
        zh="谁在训练什么、使用多少计算量，以及应在何时向谁作出何种通知。",
    ),
    kinds=KINDS,
    tables=TABLES,
    law=("cn.algorithm_filing", "eu.ai_act", "eu.gpai_code", "us.eo14110", "us_ca.sb53", "us_ny.raise"),
    reads=("duty.changed",),
    follow=follow,
    facts=FACTS,
    responses=(Response("duty.changed", PLAYBOOK, _notification_owed),),
    listings=(*LISTINGS, LINEAGE, CERTIFICATES),
    pages=PAGES,
    importers=tuple(importers()),
    credentials=(CERTIFICATE,),
    statistics=STATISTICS,
    texts=(
        OwnText(estimates.PARAMETERS_ID, estimates.read),
        OwnText(lineage.LINEAGE_ID, lineage.read),
        OwnText(notices.NOTICES_ID, notices.read),
    ),
)
