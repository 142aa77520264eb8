"""Security access (reference catalogue UDS-SEC)."""

from harness.case import case
from harness.core import Inconclusive, Reason

from .diagnosis import nrc_of, words

INVALID, EXCEEDED, DELAYED = 0x35, 0x36, 0x37


def seed(diagnosis):
    """A seed.

    Raises:
        Inconclusive: none is given (reason PRECONDITION).
    """
    return diagnosis.need("2701")[2:]


def wrong_key(given):
    """A key that no plausible rule makes of the seed *given*: neither itself nor its complement."""
    return bytes(byte ^ 0x0F for byte in given)


def send_wrong_keys(truck, diagnosis):
    """Wrong keys until the unit counts no more or the attempts of the limit are used up; the codes of its refusals."""
    codes = []
    for _ in range(int(truck.limit("uds.security_attempts").value)):
        exchange = diagnosis.ask(f"2702{wrong_key(seed(diagnosis)).hex()}")
        codes.append(None if exchange.final is None else nrc_of(exchange.final))
        if codes[-1] == EXCEEDED:
            break
    return codes


@case(
    "UDS-SEC-043",
    title="Seeds",
    purpose="Seeds are not zero and differ from each other.",
    refs=["ISO14229:?/security-seed"],
    basis="quoted",
    confidence="medium",
    pics="D.SECURITY",
    faults=["seed_constant", "seed_zero"],
    pixit=["diagnostic_address"],
    duration_s=12,
)
def test_seeds(truck, step, check, diagnosis):
    with step(1, "Ask for ten seeds in the extended session", expect="None is zero, all differ"):
        diagnosis.extended()
        exchanges = [diagnosis.ask("2701") for _ in range(int(truck.limit("uds.seeds").value))]
        for exchange in exchanges:
            diagnosis.positive(exchange, "27 01")
        seeds = [exchange.data[2:] for exchange in exchanges]
        check("seeds of zeros", sum(not any(each) for each in seeds), equals=0)
        check("different seeds", len(set(seeds)), equals=len(seeds))


@case(
    "UDS-SEC-044",
    title="Wrong keys",
    purpose="Wrong keys are refused and counted; after too many the unit gives no seed until a delay is over.",
    refs=["ISO14229:?/security-attempts"],
    basis="quoted",
    confidence="medium",
    pics="D.SECURITY",
    faults=["any_key_taken", "attempts_uncounted", "no_delay_after_attempts", "delay_of_a_minute"],
    pixit=["diagnostic_address"],
    needs=["writes"],
    duration_s=40,
)
def test_wrong_keys(truck, step, check, diagnosis):
    with step(1, "Send wrong keys", expect="Refusal 35, after too many 36"):
        diagnosis.extended()
        codes = send_wrong_keys(truck, diagnosis)
        seen = " ".join("--" if code is None else f"{code:02X}" for code in codes)
        early = [code for code in codes[:-1] if code != INVALID]
        check("refusals before the last one other than 35", len(early), equals=0, note=seen)
        check("last refusal", seen[-2:], equals=f"{EXCEEDED:02X}", note=seen)
    with step(2, "Ask for a seed at once", expect="Refusal 37"):
        diagnosis.refused(diagnosis.ask("2701"), (DELAYED,), "27 01")
    with step(3, "Ask for a seed when the delay is over", expect="Seed"):
        diagnosis.pause("uds.security_delay")
        diagnosis.extended()
        diagnosis.positive(diagnosis.ask("2701"), "27 01")


@case(
    "UDS-SEC-{row}",
    rows="refusals.toml",
    where="key",
    title="{title}",
    purpose="{purpose}",
    refs=["{ref}"],
    basis="{basis}",
    confidence="medium",
    pics="D.SECURITY",
    faults=["{fault}"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_refused_key(step, diagnosis, row):
    with step(1, "Send {shown} in the extended session", expect="{expect}"):
        diagnosis.extended()
        diagnosis.refused(diagnosis.ask(row["request"]), row["codes"], row["shown"])


@case(
    "UDS-SEC-046",
    title="Delay outlives a loss of power",
    purpose="The delay after too many wrong keys is not ended by switching the truck off and on.",
    refs=["ISO14229:?/security-attempts"],
    basis="derived",
    confidence="medium",
    pics="D.SECURITY",
    faults=["delay_lost_with_power", "no_delay_after_attempts"],
    pixit=["diagnostic_address"],
    needs=["writes"],
    duration_s=30,
)
def test_delay_outlives_a_loss_of_power(truck, step, check, diagnosis):
    with step(1, "Send wrong keys until the unit is in its delay", expect="Refusal 37 of a seed"):
        diagnosis.extended()
        send_wrong_keys(truck, diagnosis)
        diagnosis.refused(diagnosis.ask("2701"), (DELAYED,), "27 01")
    with step(2, "Switch the truck off and on, ask for a seed in the extended session", expect="Refusal 37"):
        diagnosis.power_cycle()
        diagnosis.need("1003")
        diagnosis.refused(diagnosis.ask("2701"), (DELAYED,), "27 01 after power-up")


@case(
    "UDS-SEC-047",
    title="Access ends with the session",
    purpose="Access that was won is lost when the default session is opened.",
    refs=["ISO14229:?/security-session"],
    basis="quoted",
    confidence="medium",
    pics="D.SECURITY AND D.KEY",
    faults=["access_outlives_session", "write_refused_with_access"],
    pixit=["diagnostic_address", "security_mask", "protected_write"],
    needs=["writes"],
    duration_s=12,
)
def test_access_ends_with_the_session(truck, step, check, diagnosis):
    request = str(truck.pixit("protected_write"))
    with step(1, "Win access and write protected data", expect="Positive answer"):
        diagnosis.extended()
        given = seed(diagnosis)
        key = int.from_bytes(given, "big") ^ int(truck.pixit("security_mask"))
        unlocked = diagnosis.ask(f"2702{key.to_bytes(len(given), 'big').hex()}")
        if not unlocked.data or nrc_of(unlocked.final) is not None:
            raise Inconclusive(Reason.PRECONDITION, f"the key of the declared rule brought {words(unlocked.final)}")
        diagnosis.positive(diagnosis.ask(request), "protected write")
    with step(2, "Open the default session, then the extended one, write again", expect="Refusal 33"):
        diagnosis.positive(diagnosis.ask("1001"), "10 01")
        diagnosis.positive(diagnosis.ask("1003"), "10 03")
        diagnosis.refused(diagnosis.ask(request), (0x33,), "protected write")


@case(
    "UDS-SEC-048",
    title="Seed in the default session",
    purpose="In the default session no seed is given.",
    refs=["ISO14229:?/security-session"],
    basis="derived",
    confidence="medium",
    pics="D.SECURITY",
    faults=["seed_in_default_session"],
    pixit=["diagnostic_address"],
    duration_s=8,
)
def test_seed_in_the_default_session(step, diagnosis):
    with step(1, "Ask for a seed (27 01) in the default session", expect="Refusal 7E or 7F"):
        diagnosis.ready()
        diagnosis.refused(diagnosis.ask("2701"), (0x7E, 0x7F), "27 01")
