"""What in a text gives somebody away without a name: addresses, numbers, accounts, handles."""

from __future__ import annotations

import re

CONTACT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}|(?<![\w.])\+?\d[\d ()/-]{7,18}\d(?!\w|\.\d)", re.ASCII
)
HANDLE = re.compile(
    r"(?<![\w.@/])@[A-Za-z_]\w{2,30}\b"
    r"|\b(?i:linkedin\.com/in|t\.me|wa\.me|(?:facebook|instagram|x|twitter|weibo|vk)\.com)/[\w.%-]{2,60}\b"
    r"|(?:微信|QQ)(?:号码?|ID)?[ :：为是]{0,3}[A-Za-z0-9_-]{5,30}\b"
    r"|\b(?i:wechat|telegram|signal|skype|whatsapp)(?: (?i:id|is|no\.?|number))?[ :]{1,2}"
    r"(?=[\w.-]{0,29}\d)[\w.-]{4,30}\b",
    re.ASCII,
)
ADDRESS = re.compile(
    r"\b\d{1,5}[A-Za-z]?,?[ ](?:[A-Z][\w.’'-]{0,40}[ ]){1,4}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Square|Terrace|Court|Crescent|Way)\b\.?"
    r"|\b\d{1,5},?[ ](?:bis[ ])?(?:rue|avenue|boulevard|place|quai|chemin)[ ]"
    r"(?:(?:de|du|des|la|le|les|l’|l')[ ]?){0,3}[A-ZÀ-Þ]\w{1,40}"
    r"|\b(?:[A-ZÄÖÜ][\w.-]{0,40}[ ])?[A-ZÄÖÜ]?\w{0,40}(?:[Ss]traße|[Ss]trasse|gasse|platz|weg)[ ]\d{1,4}[a-z]?\b"
    r"|[\u4e00-\u9fff]{1,12}(?:路|街|道|巷|弄|胡同|村|小区|大厦)[\u4e00-\u9fff]{0,3}\d{1,5}(?:号|弄|栋|幢|室|单元)"
)
ACCOUNT = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})\b"
    r"|\b(?i:passport)(?: (?i:no\.?|number))?[ :]{1,2}(?=[A-Z0-9]{0,8}\d)[A-Z0-9]{6,9}\b"
    r"|护照号?码?[ :：为是]{0,3}[A-Z0-9]{6,9}\b"
    r"|\b\d{3}-\d{2}-\d{4}\b|\b\d{17}[\dXx]\b|\b(?:\d{4}[ -]?){3}\d{4}\b",
    re.ASCII,
)
FULL_NAME = re.compile(
    r"\b[A-ZÀ-ÖØ-Þ][\w'’-]{1,40}(?:\s{1,4}[A-ZÀ-ÖØ-Þ][\w'’-]{0,40}\.?)+|^[\u4e00-\u9fff·]{2,4}(?=$|[，、（(,])"
)
