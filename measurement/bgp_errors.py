"""What the codes of a BGP notification mean.

Sources: RFC 4271, section 4.5; RFC 5492 (2/7); RFC 6608 (5); RFC 4486 (6); RFC 8538 (6/9); RFC 9384 (6/10);
RFC 2918 and RFC 7313 (7).
"""

ERRORS: dict[int, tuple[str, dict[int, str]]] = {
    1: (
        "Message Header Error",
        {1: "Connection Not Synchronized", 2: "Bad Message Length", 3: "Bad Message Type"},
    ),
    2: (
        "OPEN Message Error",
        {
            1: "Unsupported Version Number",
            2: "Bad Peer AS",
            3: "Bad BGP Identifier",
            4: "Unsupported Optional Parameter",
            6: "Unacceptable Hold Time",
            7: "Unsupported Capability",
        },
    ),
    3: (
        "UPDATE Message Error",
        {
            1: "Malformed Attribute List",
            2: "Unrecognized Well-known Attribute",
            3: "Missing Well-known Attribute",
            4: "Attribute Flags Error",
            5: "Attribute Length Error",
            6: "Invalid ORIGIN Attribute",
            8: "Invalid NEXT_HOP Attribute",
            9: "Optional Attribute Error",
            10: "Invalid Network Field",
            11: "Malformed AS_PATH",
        },
    ),
    4: ("Hold Timer Expired", {}),
    5: (
        "Finite State Machine Error",
        {
            1: "Receive Unexpected Message in OpenSent State",
            2: "Receive Unexpected Message in OpenConfirm State",
            3: "Receive Unexpected Message in Established State",
        },
    ),
    6: (
        "Cease",
        {
            1: "Maximum Number of Prefixes Reached",
            2: "Administrative Shutdown",
            3: "Peer De-configured",
            4: "Administrative Reset",
            5: "Connection Rejected",
            6: "Other Configuration Change",
            7: "Connection Collision Resolution",
            8: "Out of Resources",
            9: "Hard Reset",
            10: "BFD Down",
        },
    ),
    7: ("ROUTE-REFRESH Message Error", {1: "Invalid Message Length"}),
}


def names(code: int, subcode: int) -> tuple[str, str]:
    """Return the names of a code and its subcode; "Unspecific" is what subcode 0 says."""
    name, details = ERRORS.get(code, (f"error {code}", {}))
    return name, details.get(subcode, f"subcode {subcode}" if subcode else "Unspecific")
