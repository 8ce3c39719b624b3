"""Incidents and reports that other databases hold, read from the files that they publish."""

from commonweal.kernel.instrument import Importer, Text

from . import aiid, atlas, avid
from .again import settled, without_own

IMPORTERS = (
    Importer(
        "aiid",
        Text(en="AI Incident Database (CSV of a snapshot)", zh="AI事件数据库（快照CSV）"),
        aiid.read,
        settled=settled,
        theirs=without_own,
    ),
    Importer(
        "avid",
        Text(en="AVID reports and vulnerabilities (JSON)", zh="AVID 报告与漏洞（JSON）"),
        avid.read,
        settled=settled,
        theirs=without_own,
    ),
    Importer(
        "atlas",
        Text(en="MITRE ATLAS case studies (YAML)", zh="MITRE ATLAS 案例（YAML）"),
        atlas.read,
        settled=settled,
        theirs=without_own,
    ),
)
