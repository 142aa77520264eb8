"""Matching over power line (SLAC), vehicle under test (reference catalogue 9.8)."""

from itertools import pairwise

from harness.case import case

from .matching import (
    ANNOUNCEMENT,
    BROADCAST,
    CONFIRMATION,
    LINK,
    MATCH,
    MATCHED,
    PARAMETERS,
    RESPONSE,
    RESULT,
    SOUND,
    VALIDATED,
    VALIDATION,
)

OTHER_RUN = b"wrong id"
OTHER_MAC = "02:00:00:00:00:EE"
NEIGHBOUR = "02:00:00:00:00:0C"
READY = 1


def duty_begins(bench, check, first, since):
    """Check that the duty cycle asked for communication before the request *first*; the instant since when, *since* without such a line."""
    changes = bench.level_changes("cp_duty_percent")
    if not changes:
        bench.unobserved("duty cycle before the request", line="cp_duty_percent", expected="below 100 %")
        return since
    begins = [t_ns for t_ns, level in changes if since <= t_ns <= first.t_ns and level < 100]
    check("duty cycle before the request", "below 100 %" if begins else "100 %", equals="below 100 %", message=first)
    return begins[0] if begins else since


@case(
    "HV-SLC-01",
    title="CM_SLAC_PARM.REQ after the 5 % duty cycle",
    purpose="The vehicle begins the matching once the duty cycle asks for communication, with the right fields and a new run identifier.",
    refs=["ISO15118-3:?/slac-init", "ISO15118-3:?/slac-parm"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "slac_begins_after_60s",
        "slac_begins_without_duty",
        "slac_asks_for_security",
        "slac_run_id_kept",
        "slac_run_id_zero",
    ],
    duration_s=15,
)
def test_parameters_are_requested(bench, truck, step, check, check_time, session, matching):
    with step(1, "Plug in; some time later the duty cycle is 5 %", expect="CM_SLAC_PARM.REQ after it, within the time of the station"):
        since_ns = bench.now_ns
        session.plug_in()
        first = matching.reached(PARAMETERS, since=since_ns, limit=truck.limit("slac.wait"))
        begun_ns = duty_begins(bench, check, first, since_ns)
        check_time("duty cycle to CM_SLAC_PARM.REQ", first.t_ns - begun_ns, truck.limit("slac.init"), message=first)
    with step(2, "Look at the request", expect="application and security type 0, sent to everybody, a run identifier"):
        matching.fields(first, application_type=0, security_type=0, destination=BROADCAST)
        check("run identifier", "zero" if first["run_id"] == bytes(8) else "set", equals="set", message=first)
    with step(3, "Unplug, plug in again", expect="another CM_SLAC_PARM.REQ with another run identifier"):
        second = matching.begin()
        same = first["run_id"] == second["run_id"]
        check("run identifier of the second matching", "the same" if same else "another", equals="another", message=second)


@case(
    "HV-SLC-02",
    title="CM_SLAC_PARM.REQ repeated without an answer",
    purpose="Without CM_SLAC_PARM.CNF the request is repeated twice, each time after TT_match_response; then the matching has failed.",
    refs=["ISO15118-3:?/slac-retry", "ISO15118-3:?/slac-parm"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_no_retry", "slac_four_retries", "slac_retry_after_2s", "slac_retry_after_50ms"],
    duration_s=5,
)
def test_parameters_are_requested_again(bench, truck, step, check, session, matching):
    with step(1, "Plug in, do not answer CM_SLAC_PARM.REQ", expect="two repetitions with the same run identifier, 0.2 s apart"):
        first = matching.plug_in(lambda: matching.station.withhold(CONFIRMATION))
        asked = matching.repeats(PARAMETERS, first, CONFIRMATION)
    with step(2, "Keep silent", expect="nothing else follows in this matching"):
        others = [message for name in (ANNOUNCEMENT, SOUND, MATCH) for message in matching.line.messages(name, since=asked[0])]
        check("messages of the next steps", len(others), equals=0, message=others[0] if others else None)


@case(
    "HV-SLC-03",
    title="Wrong CM_SLAC_PARM.CNF",
    purpose="A CM_SLAC_PARM.CNF with a wrong field, or for somebody else, is ignored; the request is repeated.",
    refs=["ISO15118-3:?/slac-parm"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "accepts_cm_slac_parm_cnf.m_sound_target",
        "accepts_cm_slac_parm_cnf.resp_type",
        "accepts_cm_slac_parm_cnf.forwarding_sta",
        "accepts_cm_slac_parm_cnf.application_type",
        "accepts_cm_slac_parm_cnf.security_type",
        "accepts_cm_slac_parm_cnf.run_id",
        "accepts_cm_slac_parm_cnf.destination",
    ],
    duration_s=60,
)
def test_wrong_parameters_are_ignored(bench, truck, step, check, session, matching):
    def ignores(**wrong):
        request = matching.begin(lambda: matching.station.change(CONFIRMATION, **wrong))
        matching.ignored(matching.given(CONFIRMATION, after=request, **wrong), PARAMETERS, ANNOUNCEMENT)

    with step(1, "Answer with another sound target", expect="ignored, CM_SLAC_PARM.REQ repeated"):
        ignores(m_sound_target=OTHER_MAC)
    with step(2, "Answer with response type 0", expect="ignored, CM_SLAC_PARM.REQ repeated"):
        ignores(resp_type=0)
    with step(3, "Answer with another forwarding station", expect="ignored, CM_SLAC_PARM.REQ repeated"):
        ignores(forwarding_sta=OTHER_MAC)
    with step(4, "Answer with application type 1", expect="ignored, CM_SLAC_PARM.REQ repeated"):
        ignores(application_type=1)
    with step(5, "Answer with security type 1", expect="ignored, CM_SLAC_PARM.REQ repeated"):
        ignores(security_type=1)
    with step(6, "Answer with another run identifier", expect="ignored, CM_SLAC_PARM.REQ repeated"):
        ignores(run_id=OTHER_RUN)
    with step(7, "Send the answer to another address", expect="ignored, CM_SLAC_PARM.REQ repeated"):
        ignores(destination=OTHER_MAC)
    with step(8, "Do everything right with the next plug", expect="a complete session"):
        matching.completes_session()


@case(
    "HV-SLC-04",
    title="CM_START_ATTEN_CHAR.IND: number and spacing",
    purpose="After CM_SLAC_PARM.CNF the sounds are announced three times, 20 to 50 ms apart, with the parameters of the station.",
    refs=["ISO15118-3:?/slac-sounds"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "slac_two_announcements",
        "slac_four_announcements",
        "slac_batch_5ms",
        "slac_batch_80ms",
        "slac_announces_other_run",
        "slac_announces_other_time",
    ],
    duration_s=5,
)
def test_sounds_are_announced(bench, truck, step, check, check_time, session, matching):
    with step(1, "Confirm the parameters", expect="CM_START_ATTEN_CHAR.IND three times, 20..50 ms apart"):
        request = matching.plug_in()
        confirmation = matching.given(CONFIRMATION, after=request)
        first = matching.line.expect(ANNOUNCEMENT, within=truck.limit("slac.sequence"), after=confirmation)
        matching.line.run_for(truck.limit("slac.sounds").upper_ns)
        announced = [first, *matching.line.messages(ANNOUNCEMENT, since=first)]
        check("number of CM_START_ATTEN_CHAR.IND", len(announced), limit=truck.limit("slac.announcements"), message=announced[-1])
        matching.rows(announced)
    with step(2, "Look at them", expect="number of sounds and time-out as confirmed, own address, the run identifier of the request"):
        for message in announced:
            matching.fields(message, application_type=0, security_type=0, resp_type=1)
            for name in ("num_sounds", "time_out"):
                matching.field(message, name, confirmation[name])
            matching.field(message, "forwarding_sta", request["source"])
            matching.field(message, "run_id", request["run_id"])


@case(
    "HV-SLC-05",
    title="CM_MNBC_SOUND.IND: number and spacing",
    purpose="Ten sounds follow, 20 to 50 ms apart, counted down to 0, each with another random field, all within TT_EVSE_match_MNBC.",
    refs=["ISO15118-3:?/slac-sounds"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "slac_eight_sounds",
        "slac_batch_5ms",
        "slac_batch_80ms",
        "slac_sounds_count_stands",
        "slac_sounds_count_to_one",
        "slac_sounds_not_random",
    ],
    duration_s=5,
)
def test_sounds_are_sent(bench, truck, step, check, check_time, session, matching):
    with step(1, "Confirm the parameters", expect="CM_MNBC_SOUND.IND ten times, 20..50 ms apart"):
        request = matching.plug_in()
        confirmation = matching.given(CONFIRMATION, after=request)
        announced = matching.reached(ANNOUNCEMENT, since=confirmation)
        matching.line.run_for(truck.limit("slac.sounds").upper_ns)
        sounds = matching.line.messages(SOUND, since=announced)
        check("number of CM_MNBC_SOUND.IND", len(sounds), equals=confirmation["num_sounds"], message=sounds[-1] if sounds else None)
        matching.rows(sounds)
    with step(2, "Look at them", expect="counted down to 0, random fields all different, all within 0.6 s of the first announcement"):
        counted = " ".join(str(message["cnt"]) for message in sounds)
        wanted = " ".join(str(left) for left in range(confirmation["num_sounds"] - 1, -1, -1))
        check("countdown", counted, equals=wanted, message=sounds[-1] if sounds else None)
        check("different random fields", len({message["random"] for message in sounds}), equals=len(sounds))
        check("different run identifiers", len({message["run_id"] for message in (request, *sounds)}), equals=1)
        last_ns = sounds[-1].t_ns if sounds else bench.now_ns
        check_time("first announcement to the last sound", last_ns - announced.t_ns, truck.limit("slac.sounds"))


@case(
    "HV-SLC-06",
    title="No CM_ATTEN_CHAR.IND",
    purpose="Without a result the vehicle waits for TT_EV_atten_results; then the matching has failed and a new one begins.",
    refs=["ISO15118-3:?/slac-results"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_results_awaited_5s", "slac_results_awaited_500ms", "slac_not_repeated"],
    duration_s=10,
)
def test_results_are_awaited(bench, truck, step, check, check_time, session, matching):
    with step(1, "Confirm the parameters, tell no result", expect="sounds, then nothing; no CM_SLAC_MATCH.REQ"):
        request = matching.plug_in(lambda: matching.station.withhold(RESULT))
        announced = matching.reached(ANNOUNCEMENT, since=request)
        last = matching.reached(SOUND, since=request)
        matching.line.run_for(2 * truck.limit("slac.after_results").upper_ns)
        last = matching.line.messages(SOUND, since=request, where=lambda message: message["run_id"] == request["run_id"])[-1]
        matching.line.withheld(RESULT, since=0)
        matched = matching.line.messages(MATCH, since=request)
        check("CM_SLAC_MATCH.REQ without a result", len(matched), equals=0, message=matched[0] if matched else None)
    with step(2, "Look at the next matching", expect="it begins when 1.2 s and the pause are over"):
        again = matching.line.messages(PARAMETERS, since=last)
        check("next CM_SLAC_PARM.REQ", "none" if not again else "there", equals="there")
        if again:
            waited = again[0].t_ns - announced.t_ns
            check_time("first announcement to the next matching", waited, truck.limit("slac.atten_results"), message=again[0])
            check_time("last sound to the next matching", again[0].t_ns - last.t_ns, truck.limit("slac.after_results"), message=again[0])


@case(
    "HV-SLC-07",
    title="CM_ATTEN_CHAR.RSP",
    purpose="The vehicle answers the result with CM_ATTEN_CHAR.RSP, result 0, within TT_match_response.",
    refs=["ISO15118-3:?/slac-results"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_no_response", "slac_reacts_after_500ms", "slac_response_failed", "slac_response_other_run"],
    duration_s=5,
)
def test_result_is_answered(bench, truck, step, check, session, matching):
    with step(1, "Tell the attenuation", expect="CM_ATTEN_CHAR.RSP within 0.2 s"):
        request = matching.plug_in()
        matching.reached(SOUND, since=request)
        result = matching.given(RESULT, after=request)
        response = matching.line.expect(RESPONSE, within=truck.limit("slac.response"), after=result)
    with step(2, "Look at it", expect="result 0, run identifier and addresses as in the request"):
        matching.fields(response, application_type=0, security_type=0, result=0)
        matching.field(response, "run_id", request["run_id"])
        matching.field(response, "source_address", request["source"])
        matching.field(response, "destination", result["source"])


@case(
    "HV-SLC-08",
    title="Wrong CM_ATTEN_CHAR.IND",
    purpose="A result with a wrong field is neither answered nor used.",
    refs=["ISO15118-3:?/slac-results"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["accepts_cm_atten_char_ind.run_id", "accepts_cm_atten_char_ind.num_sounds", "accepts_cm_atten_char_ind.num_groups"],
    duration_s=30,
)
def test_wrong_results_are_ignored(bench, truck, step, check, session, matching):
    def ignores(**wrong):
        request = matching.begin(lambda: matching.station.change(RESULT, **wrong))
        matching.reached(SOUND, since=request)
        result = matching.given(RESULT, after=request, **wrong)
        matching.line.run_for(truck.limit("slac.atten_results").lower_ns)
        for name in (RESPONSE, MATCH, VALIDATION):
            found = matching.line.messages(name, since=result)
            check(f"{name} after the wrong result", len(found), equals=0, message=found[0] if found else None)

    with step(1, "Tell a result with another run identifier", expect="ignored: no response, no match"):
        ignores(run_id=OTHER_RUN)
    with step(2, "Tell a result of 0 sounds", expect="ignored: no response, no match"):
        ignores(num_sounds=0)
    with step(3, "Tell a result of 57 groups", expect="ignored: no response, no match"):
        groups = truck.limit("stimulus.slac_groups").value
        ignores(num_groups=int(groups), aag=bytes([1]) * int(groups))
    with step(4, "Do everything right with the next plug", expect="a complete session"):
        matching.completes_session()


@case(
    "HV-SLC-09",
    title="The better of two stations",
    purpose="Of two stations that answer, the vehicle matches with the one that tells the lower attenuation.",
    refs=["ISO15118-3:?/slac-decision"],
    basis="derived",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_takes_last_station"],
    duration_s=5,
)
def test_better_station_is_taken(bench, truck, step, check, session, matching):
    near, far = int(truck.limit("stimulus.slac_near").value), int(truck.limit("stimulus.slac_far").value)
    with step(1, "Answer as two stations, with 10 dB and 30 dB", expect="both confirm and tell their result"):
        station = matching.station
        request = matching.plug_in(lambda: station.attenuation(near), lambda: station.add_station(far, NEIGHBOUR))
        matching.reached(SOUND, since=request)
        matching.line.run_for(truck.limit("slac.sounds").upper_ns)
        matching.line.given(CONFIRMATION, since=request, at_least=2)
        results = matching.line.messages(RESULT, since=request)
        told = " and ".join(f"{message['attenuation_db']:g} dB" for message in results[:2])
        matching.line.given(RESULT, since=request, at_least=2, what=f"results {told}")
    with step(2, "Wait for the match", expect="CM_SLAC_MATCH.REQ to the station with 10 dB"):
        matched = matching.line.expect(MATCH, within=truck.limit("slac.decision"), after=request)
        best = min(results, key=lambda message: message["attenuation_db"])
        matching.field(matched, "destination", best["source"])
        matching.field(matched, "evse_mac", best["source"])


@case(
    "HV-SLC-10",
    title="Validation by toggles of the pilot",
    purpose="A doubtful station is validated: the vehicle toggles the pilot between B and C, and matches if the station counted the same.",
    refs=["ISO15118-3:?/slac-validation", "ISO15118-3:?/slac-decision"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "slac_no_validation",
        "slac_no_toggle",
        "slac_toggles_600ms",
        "slac_toggles_100ms",
        "slac_toggles_too_many",
        "slac_count_not_compared",
    ],
    duration_s=20,
)
def test_doubtful_station_is_validated(bench, truck, step, check, check_time, session, matching):
    doubtful = int(truck.limit("stimulus.slac_doubtful").value)
    with step(1, "Tell an attenuation between 10 and 20 dB", expect="CM_VALIDATE.REQ, no CM_SLAC_MATCH.REQ before"):
        request = matching.plug_in(lambda: matching.station.attenuation(doubtful))
        matching.reached(SOUND, since=request)
        matching.given(RESULT, after=request, attenuation_db=doubtful)
        first = matching.line.expect(VALIDATION, within=truck.limit("slac.decision"), after=request)
        matching.fields(first, signal_type=0, timer=0, result=READY)
        early = matching.line.messages(MATCH, since=request)
        check("CM_SLAC_MATCH.REQ before validation", len(early), equals=0, message=early[0] if early else None)
    with step(2, "Say that the station is ready", expect="a second CM_VALIDATE.REQ, toggles of 0.3..0.4 s, all within 2 s"):
        ready = matching.given(VALIDATED, after=first)
        second = matching.line.expect(VALIDATION, within=truck.limit("slac.sequence"), after=ready)
        counted = matching.reached(VALIDATED, since=second)
        changes = [(t_ns, level) for t_ns, level in bench.level_changes("cp_v") if second.t_ns <= t_ns]
        if not bench.level_changes("cp_v"):
            bench.unobserved("toggles of the pilot", line="cp_v", expected="each state 0.3..0.4 s")
        else:
            check("changes of the pilot", len(changes), at_least=2)
            for (earlier_ns, _), (later_ns, level) in pairwise(changes):
                held = truck.limit("slac.toggle_state")
                check_time("state held", later_ns - earlier_ns, held, note=f"then {level:g} V")
            if changes:
                check_time("toggles over", changes[-1][0] - second.t_ns, truck.limit("slac.toggle_window"))
    with step(3, "Tell the number of toggles", expect="CM_SLAC_MATCH.REQ"):
        matching.line.expect(MATCH, within=truck.limit("slac.sequence"), after=counted)
    with step(4, "Tell another number of toggles with the next plug", expect="no CM_SLAC_MATCH.REQ"):
        again = matching.begin(lambda: matching.station.attenuation(doubtful))
        matching.reached(SOUND, since=again)
        matching.given(RESULT, after=again, attenuation_db=doubtful)
        ready = matching.given(VALIDATED, after=matching.reached(VALIDATION, since=again))
        wrong = int(truck.limit("stimulus.slac_toggles").value)
        matching.station.change(VALIDATED, toggle_num=wrong)
        second = matching.reached(VALIDATION, since=ready)
        limit = truck.limit("slac.toggle_window")
        matching.line.run_for(limit.upper_ns + truck.limit("approach.own").upper_ns)
        matching.line.given(VALIDATED, since=second, where=lambda message: message["toggle_num"] == wrong, what="another number of toggles")
        matched = matching.line.messages(MATCH, since=second)
        check("CM_SLAC_MATCH.REQ after another number", len(matched), equals=0, message=matched[0] if matched else None)


@case(
    "HV-SLC-11",
    title="CM_SLAC_MATCH.REQ and its repetition",
    purpose="The vehicle asks for the match with the right contents, and twice again without an answer, each time after TT_match_response.",
    refs=["ISO15118-3:?/slac-match", "ISO15118-3:?/slac-retry"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_no_retry", "slac_four_retries", "slac_retry_after_2s", "slac_match_other_run", "slac_match_wrong_length"],
    duration_s=5,
)
def test_match_is_requested_again(bench, truck, step, check, session, matching):
    with step(1, "Tell a low attenuation, do not answer CM_SLAC_MATCH.REQ", expect="the request with the right contents"):
        request = matching.plug_in(lambda: matching.station.withhold(MATCHED))
        response = matching.reached(RESPONSE, since=request)
        first = matching.reached(MATCH, since=request)
        matching.fields(first, application_type=0, security_type=0, mvf_length=0x3E)
        matching.field(first, "run_id", request["run_id"])
        matching.field(first, "pev_mac", request["source"])
        matching.field(first, "evse_mac", response["destination"])
    with step(2, "Keep silent", expect="two repetitions, 0.2 s apart"):
        matching.repeats(MATCH, first, MATCHED)


@case(
    "HV-SLC-12",
    title="Wrong CM_SLAC_MATCH.CNF",
    purpose="A CM_SLAC_MATCH.CNF with wrong identifiers is ignored; the request is repeated.",
    refs=["ISO15118-3:?/slac-match"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC AND E.INVALID",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=[
        "accepts_cm_slac_match_cnf.run_id",
        "accepts_cm_slac_match_cnf.pev_mac",
        "accepts_cm_slac_match_cnf.evse_mac",
        "accepts_cm_slac_match_cnf.mvf_length",
    ],
    duration_s=40,
)
def test_wrong_match_is_ignored(bench, truck, step, check, session, matching):
    def ignores(**wrong):
        request = matching.begin(lambda: matching.station.change(MATCHED, **wrong))
        asked = matching.reached(MATCH, since=request)
        matching.ignored(matching.given(MATCHED, after=asked, **wrong), MATCH, "SECCDiscoveryReq")

    with step(1, "Confirm with another run identifier", expect="ignored, CM_SLAC_MATCH.REQ repeated"):
        ignores(run_id=OTHER_RUN)
    with step(2, "Confirm for another vehicle", expect="ignored, CM_SLAC_MATCH.REQ repeated"):
        ignores(pev_mac=OTHER_MAC)
    with step(3, "Confirm for another station", expect="ignored, CM_SLAC_MATCH.REQ repeated"):
        ignores(evse_mac=OTHER_MAC)
    with step(4, "Confirm with a wrong length", expect="ignored, CM_SLAC_MATCH.REQ repeated"):
        ignores(mvf_length=0x3E)
    with step(5, "Do everything right with the next plug", expect="a complete session"):
        matching.completes_session()


@case(
    "HV-SLC-13",
    title="The link does not come up",
    purpose="After the match the vehicle waits for the link; without one within TT_match_join it has failed; a later one counts no more.",
    refs=["ISO15118-3:?/slac-join"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_join_awaited_60s", "slac_join_not_awaited"],
    duration_s=25,
)
def test_link_is_awaited(bench, truck, step, check, session, matching):
    with step(1, "Confirm the match, keep the link down", expect="no discovery while the link is down"):
        matched = matching.matched(lambda: matching.station.join(False))
        matching.line.run_for(truck.limit("slac.join").upper_ns)
        matching.line.withheld(LINK, since=matched, where=lambda message: message["link_status"] == 1, what="link")
        matching.no_session(matched, "discovery requests without a link")
    with step(2, "Bring the link up when 12 s are over", expect="no discovery: the matching has failed"):
        matching.line.run_for(truck.limit("tolerance.transmission").upper_ns)
        begin_ns = bench.now_ns
        matching.station.link(True)
        matching.line.run_for(truck.limit("stimulus.slac_watch").nominal_ns)
        matching.line.given(LINK, since=begin_ns - 1, where=lambda message: message["link_status"] == 1, what="link")
        matching.no_session(begin_ns, "discovery requests over a link that came too late")


@case(
    "HV-SLC-14",
    title="Repetition of a failed matching",
    purpose="A failed matching is repeated, TT_matching_rate apart, until TT_matching_repetition is over; then no more.",
    refs=["ISO15118-3:?/slac-repetition"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_repeats_at_once", "slac_repeats_after_4s", "slac_not_repeated", "slac_repeats_for_ever"],
    duration_s=25,
)
def test_matching_is_repeated(bench, truck, step, check, check_time, session, matching):
    with step(1, "Plug in, answer nothing", expect="new matchings with new run identifiers, 0.4 s after each failure"):
        first = matching.plug_in(lambda: matching.station.withhold(CONFIRMATION))
        repetition = truck.limit("slac.matching_repetition")
        matching.line.run_for(repetition.upper_ns + truck.limit("stimulus.slac_watch").nominal_ns)
        matching.line.withheld(CONFIRMATION, since=0)
        asked = [first, *matching.line.messages(PARAMETERS, since=first)]
        begins = [(a, b) for a, b in pairwise(asked) if a["run_id"] != b["run_id"]]
        check("repetitions of the matching", len(begins), at_least=1, message=asked[-1])
        for earlier, later in begins:
            check_time("failed matching to the next one", later.t_ns - earlier.t_ns, truck.limit("slac.matching_rate"), message=later)
    with step(2, "Look at the last of them", expect="no request later than 10 s after the first"):
        check_time("first request to the last", asked[-1].t_ns - first.t_ns, repetition, message=asked[-1])


@case(
    "HV-SLC-15",
    title="Link lost during charging",
    purpose="When the link is lost during charging the vehicle goes to state B; one that comes back after T_conn_resume is not used.",
    refs=["ISO15118-3:?/slac-loss", "ISO15118:?/safe-stop"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_loss_not_noticed", "slac_resumes_after_30s"],
    needs=["energise"],
    duration_s=25,
)
def test_link_is_lost(bench, truck, step, check, session, matching):
    with step(1, "Bring the vehicle to charging, then drop the link", expect="state B, contactor open, no current; no further request"):
        session.charging()
        lost_ns = bench.now_ns
        matching.station.link(False)
        matching.line.run_for(truck.limit("approach.own").upper_ns)
        matching.line.given(LINK, since=lost_ns - 1, where=lambda message: message["link_status"] == 0, what="loss of the link")
        session.safe_stop(lost_ns, exchange=session.loop, tcp=False)
    with step(2, "Bring the link back when 6 s are over", expect="no discovery: the vehicle has ended"):
        over_ns = lost_ns + truck.limit("slac.resume").upper_ns + truck.limit("tolerance.transmission").upper_ns
        bench.run_for(max(0, over_ns - bench.now_ns))
        begin_ns = bench.now_ns
        matching.station.link(True)
        bench.run_for(truck.limit("stimulus.slac_watch").nominal_ns)
        matching.line.given(LINK, since=begin_ns - 1, where=lambda message: message["link_status"] == 1, what="link")
        matching.no_session(begin_ns, "discovery requests over a link that came back too late")


@case(
    "HV-SLC-16",
    title="Exchange of the amplitude map",
    purpose="The vehicle confirms an amplitude map within TT_amp_map_exchange.",
    refs=["ISO15118-3:?/slac-amplitude-map"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_no_amplitude_map", "slac_amplitude_map_refused", "slac_reacts_after_500ms"],
    duration_s=5,
)
def test_amplitude_map_is_confirmed(bench, truck, step, check, session, matching):
    with step(1, "Match, then ask for an amplitude map", expect="CM_AMP_MAP.CNF within 0.2 s, result 0"):
        linked = matching.connected()
        matching.station.amplitude_map(int(truck.limit("stimulus.slac_carriers").value))
        asked = matching.given("CM_AMP_MAP.REQ", after=linked.t_ns - 1)
        confirmed = matching.line.expect("CM_AMP_MAP.CNF", within=truck.limit("slac.amplitude_map"), after=asked)
        matching.fields(confirmed, res_type=0)


@case(
    "HV-SLC-17",
    title="The network is left at unplugging",
    purpose="Unplugged, the vehicle leaves the network of the station within TP_match_leave.",
    refs=["ISO15118-3:?/slac-leave"],
    basis="quoted",
    confidence="medium",
    pics="E.CCS AND E.SLAC",
    editions=["din70121", "iso15118-2", "iso15118-20"],
    faults=["slac_stays_in_network", "slac_leaves_after_5s"],
    duration_s=10,
)
def test_network_is_left(bench, truck, step, check, check_time, session, matching):
    with step(1, "Match, then unplug", expect="the tester's modem loses the vehicle within 1 s"):
        linked = matching.connected()
        session.unplug()
        unplugged = [t_ns for t_ns, level in bench.level_changes("plug") if not level][-1]
        limit = truck.limit("slac.leave")
        matching.line.run_for(max(0, unplugged + 2 * limit.upper_ns - bench.now_ns))
        gone = matching.line.messages(LINK, since=linked, where=lambda message: message["link_status"] == 0)
        check("network left", "yes" if gone else "no", equals="yes", message=gone[0] if gone else None)
        if gone:
            check_time("unplugged to leaving the network", gone[0].t_ns - unplugged, limit, message=gone[0])
