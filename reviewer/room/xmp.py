"""Reads the XMP packet of a file: what programs write of themselves in XML. Stands alone.

Rules: no document type and no entity of its own is read, so that nothing is fetched and nothing grows; of what stands
in it, only names that are known are told.

Source: XMP specification, parts 1 and 2 (namespaces, names, the history of media management).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES = 1024 * 1024
_FORBIDDEN = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_KINDS = {
    "GPSLatitude": "place",
    "GPSLongitude": "place",
    "City": "place",
    "State": "place",
    "Country": "place",
    "Location": "place",
    "CreateDate": "time",
    "DateCreated": "time",
    "DateTimeOriginal": "time",
    "ModifyDate": "edit",
    "MetadataDate": "edit",
    "Make": "device",
    "Model": "device",
    "Lens": "device",
    "LensModel": "device",
    "SerialNumber": "device",
    "creator": "person",
    "Author": "person",
    "OwnerName": "person",
    "rights": "person",
    "CreatorTool": "edit",
    "Producer": "edit",
    "action": "edit",
    "softwareAgent": "edit",
    "when": "edit",
    "changed": "edit",
    "DerivedFrom": "edit",
    "OriginalDocumentID": "edit",
    "DocumentID": "edit",
    "title": "text",
    "description": "text",
    "UserComment": "text",
}


class UnsafeXmpError(Exception):
    """It declares entities, or is no XML."""


def read_xmp(packet: bytes) -> Iterator[tuple[str, str, str]]:
    """Give kind, name and value of what is known; raises UnsafeXmpError."""
    # A packet in UTF-16 or -32 could hide a declaration from the search below: XMP in files is UTF-8.
    if len(packet) > _BYTES or b"\0" in packet.strip(b"\0") or _FORBIDDEN.search(packet):
        raise UnsafeXmpError
    try:
        root = ET.fromstring(packet.strip(b"\0 \r\n\t"))  # noqa: S314 - no declaration is in it; and in the room
    except (ET.ParseError, ValueError, LookupError):
        raise UnsafeXmpError from None
    for element in root.iter():
        name = _local(element.tag)
        texts = [text.strip() for text in element.itertext() if text.strip()] if name in _KINDS else []
        if texts:
            yield _KINDS[name], name, "; ".join(texts)
        for attribute, value in element.attrib.items():
            if (short := _local(attribute)) in _KINDS and value.strip():
                yield _KINDS[short], short, value.strip()


def _local(name: str) -> str:
    return name.rpartition("}")[2]
