"""Applications: what is asked of the authority itself, and by when law wants its answer."""

from commonweal.kernel.instrument import Instrument, Text

from .facts import FACTS
from .kinds import APPLICATION
from .listings import LISTING

__all__ = ["INSTRUMENT"]

INSTRUMENT = Instrument(
    id="applications",
    title=Text(en="Applications", zh="申请"),
    summary=Text(
        en="What is asked of the authority itself: its documents, its approval of a test. Each with the clock that law "
        "sets the authority, and what its silence means.",
        zh="向机关自身提出的请求：查阅文件、批准测试。各依法律为机关设定的期限，以及其沉默的法律后果。",
    ),
    kinds=(APPLICATION,),
    law=("cn.government_information", "eu.access_to_documents", "eu.ai_act_testing", "us.foia"),
    facts=(FACTS,),
    listings=(LISTING,),
)
