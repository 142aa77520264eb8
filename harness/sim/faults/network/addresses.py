"""Faults of address claim and NAME."""

from __future__ import annotations

from harness.core import Frame, ms, s
from harness.protocols.j1939.ids import split_id
from harness.sim.ecus.endurance import EnduranceSetup, Harm
from harness.sim.faults.network.changes import around, claim, habit, name_field, spec, timing
from harness.sim.faults.network.fault import Fault

__all__ = ["ADDRESS_FAULTS"]

_VCU, _CLAIM = 0x27, 0xEE


def _claims_its_address(frame: Frame) -> bool:
    ident = split_id(frame.can_id)
    return frame.extended and ident.pgn >> 8 == _CLAIM and ident.source == _VCU


ADDRESS_FAULTS = (
    Fault("claims_after_1_5s", "claims its address 1.5 s after power-up", (habit(wake_ns=s(1.5)),)),
    Fault("talks_before_claim", "sends its cyclic groups before it claims", (habit(talks_before_claim=True),)),
    Fault("talks_50ms_after_claim", "sends its cyclic groups 50 ms after its claim", (timing(stable_ns=ms(50)),)),
    Fault("name_reserved_bit_set", "the reserved bit of its NAME is set", (name_field(reserved=1),)),
    Fault("name_without_manufacturer", "the manufacturer code of its NAME is 0", (name_field(manufacturer=0),)),
    Fault("name_of_marine_group", "its NAME says industry group 4", (name_field(industry_group=4),)),
    Fault("name_of_another_function", "its NAME says another function than it has", (name_field(function=61),)),
    Fault("name_twice", "its NAME is that of another unit", (name_field(identity=12, function=80), spec(spare_addresses=()))),
    Fault("claim_request_ignored", "a request for its claim brings nothing", (claim(deaf_to_requests=True),)),
    Fault("claim_request_answered_after_400ms", "a request for its claim is answered after 400 ms", (claim(answer_ns=ms(400)),)),
    Fault("claim_request_to_all_ignored", "a request to everybody for the claims brings nothing", (claim(deaf_to_all=True),)),
    Fault(
        "silenced_by_claims_of_its_address",
        "sends nothing but its claim any more when somebody claims its address",
        (around(endurance=EnduranceSetup(hates=_claims_its_address, harm=Harm.STOPS)),),
    ),
    Fault("renamed_when_asked", "answers a request for its claim with another NAME", (claim(renamed_when_asked=True),)),
    Fault("cannot_claim_told_late", "tells up to a second late that it could not claim an address", (timing(longest_delay_ns=s(1)),)),
    Fault("keeps_lost_address", "goes on under an address that a lower NAME claimed", (claim(keeps_address=True),)),
    Fault("yields_to_higher_name", "gives its address up to a higher NAME", (claim(yields_always=True),)),
    Fault("cannot_claim_untold", "does not tell that it could not claim an address", (claim(silent_loss=True),)),
    Fault("cannot_claim_without_delay", "tells without delay that it could not claim an address", (claim(cannot_at_once=True),)),
    Fault("moves_when_its_address_is_used", "takes another address when somebody sends under its own", (claim(moves_on_use=True),)),
    Fault("address_changes_with_power", "claims another address after every loss of power", (claim(wanders=True),)),
    Fault("obeys_any_commanded_address", "obeys a commanded address that is meant for another NAME", (claim(takes_any_command=True),)),
    Fault("commanded_address_ignored", "does not obey a commanded address", (claim(ignores_command=True),)),
)
