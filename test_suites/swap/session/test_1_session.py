"""Sessions and authentication (SWP-SES, SWP-AUT)."""

from harness.case import case

NONCES = (0x00000001, 0x89ABCDEF, 0xFFFFFFFE)
OLD_NONCE = 0x0BADCAFE


@case(
    "SWP-SES-011",
    title="Session opened",
    purpose="SessionOpen is acknowledged within T_ACK, and the session that it names is the one in which commands are obeyed.",
    refs=["HTSWAP-0.1:5.4/session"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["acks_session_late", "obeys_another_session"],
    duration_s=20,
)
def test_session_is_opened(truck, step, swap):
    with step(1, "Command SessionOpen", expect="ACK done within T_ACK"):
        swap.live()
        order = swap.order("session_open")
        swap.link.expect(
            "ACK",
            within=truck.limit("timer.T_ACK"),
            after=order,
            where=lambda ack: ack["AckCmd"] == "session_open" and ack["AckSeq"] == order["CmdSeq"] and ack["AckResult"] == "done",
            what="ACK of session_open",
        )
    with step(2, "Authenticate the station and command PrepareSwap under the session", expect="Taken, not rejected"):
        swap.stand_at("session")
        swap.authenticated()
        order = swap.order("prepare_swap")
        swap.accepted(order, truck.limit("timer.T_PREP"))


@case(
    "SWP-SES-012",
    title="Second session",
    purpose="SessionOpen with another number while a session is open is rejected, and the open session goes on.",
    refs=["HTSWAP-0.1:5.4/session"],
    basis="project",
    confidence="medium",
    pics="S.SWAP",
    faults=["takes_second_session", "deaf_after_a_refusal"],
    duration_s=30,
)
def test_second_session_is_rejected(truck, station, step, swap):
    with step(1, "Bring the truck to S3 and command SessionOpen under another session", expect="ACK rejected"):
        swap.prepared()
        first, other = int(swap.latest("STA_CMD")["SessionId"]), int(truck.limit("session.other").value)
        station.session(other)
        order = swap.order("session_open")
        swap.under(order, other)
        swap.rejected(order)
    with step(2, "Command Unlock under the first session", expect="Unlocked"):
        station.session(first)
        swap.hv_down()
        order = swap.order("unlock")
        swap.accepted(order, truck.limit("timer.T_UNLOCK"))


@case(
    "SWP-SES-013",
    title="Command without a session",
    purpose="Unlock without a session is rejected and the lock stays.",
    refs=["HTSWAP-0.1:5.4/session"],
    basis="derived",
    confidence="medium",
    pics="S.SWAP",
    faults=["accepts_command_without_session"],
    duration_s=20,
)
def test_command_without_a_session(station, step, swap):
    with step(1, "Command Unlock with SessionId 0 while no session is open", expect="ACK rejected, lock stays"):
        swap.live()
        station.session(0)
        order = swap.order("unlock")
        swap.under(order, 0)
        swap.not_obeyed(order)


@case(
    "SWP-AUT-014",
    title="Authentication enforced",
    purpose="Unlock before the authentication of the station is rejected with the reason authentication.",
    refs=["HTSWAP-0.1:5.4/authentication"],
    basis="quoted",
    confidence="medium",
    pics="S.SWAP AND S.AUTH",
    faults=["unlocks_unauthenticated"],
    duration_s=20,
)
def test_authentication_is_enforced(step, swap):
    with step(1, "Open a session and command Unlock without a challenge", expect="ACK rejected, reason authentication, lock stays"):
        swap.session()
        order = swap.order("unlock")
        swap.not_obeyed(order, reason="authentication")
        swap.link.withheld("AUTH_CHAL", since=0, what="challenge")


@case(
    "SWP-AUT-015",
    title="Right answers to challenges",
    purpose="Three challenges bring the three answers of the lab test algorithm, each within T_AUTH.",
    refs=["HTSWAP-0.1:5.4/authentication"],
    basis="project",
    confidence="medium",
    pics="S.SWAP AND S.AUTH",
    faults=["wrong_auth_response", "same_auth_response", "tells_another_algorithm", "challenge_unanswered"],
    duration_s=20,
)
def test_answers_to_challenges(truck, step, check, swap):
    with step(1, "Open a session and send three challenges", expect="Three right answers, all different, each within T_AUTH"):
        swap.session()
        mask = int(truck.limit("session.mask").value)
        answers = []
        for nonce in NONCES:
            _, answer = swap.challenged(nonce)
            check(f"answer to {nonce:08X}", f"{answer['Response']:08X}", equals=f"{nonce ^ mask:08X}", message=answer)
            check("algorithm", answer["AlgorithmId"], equals=int(truck.limit("session.algorithm").value), message=answer)
            answers.append(answer["Response"])
        check("different answers", len(set(answers)), equals=len(NONCES))


@case(
    "SWP-AUT-016",
    title="Recorded exchange sent again",
    purpose="The recorded exchange of an old session brings no authentication of a new one.",
    refs=["HTSWAP-0.1:5.4/authentication"],
    basis="project",
    confidence="medium",
    pics="S.SWAP AND S.AUTH",
    faults=["accepts_old_challenge", "same_auth_response", "deaf_after_a_refusal", "last_ack_missing"],
    duration_s=60,
)
def test_recorded_exchange(bench, truck, station, step, check, swap):
    with step(1, "Record the challenge of a session and its answer, then end the session", expect="Answer of the truck"):
        swap.session()
        recorded, answer = swap.challenged(OLD_NONCE)
        # Another one follows, so that the recorded frame does not stand out by its counter.
        swap.challenge(NONCES[0])
        bench.run_for(truck.limit("timer.T_ACK").nominal_ns)
        order = swap.order("abort")
        swap.accepted(order, truck.limit("abort.back"))
    with step(
        2, "Open a new session, send the recorded challenge again, and command PrepareSwap", expect="Rejected, reason authentication"
    ):
        station.session(int(truck.limit("session.other").value))
        order = swap.order("session_open")
        swap.under(order, int(truck.limit("session.other").value))
        swap.accepted(order, truck.limit("timer.T_ACK"))
        since_ns = bench.now_ns - 1
        station.replay(recorded.data, "AUTH_CHAL")
        bench.run_for(truck.limit("timer.T_ACK").nominal_ns)
        swap.link.given("AUTH_CHAL", since=since_ns, what="recorded challenge")
        swap.rejected(swap.order("prepare_swap"), reason="authentication")
    with step(3, "Send a new challenge and command PrepareSwap", expect="Permit: the truck takes a true exchange"):
        swap.stand_at("session")
        fresh = swap.authenticated()
        check("answer to the new challenge", "the recorded one" if fresh["Response"] == answer["Response"] else "another", equals="another")
        swap.accepted(swap.order("prepare_swap"), truck.limit("timer.T_PREP"))
