"""The EVCC or the SECC of the package ``iso15118``; runs in the environment of that package, not in ours.

    python package_side.py evcc|secc CONFIG

CONFIG is a JSON file: ``interface``; ``protocols`` and ``services`` as the package names them; ``tls``; ``factor``, by which every
time-out of the package is multiplied; ``warm_up``, a list of [namespace, payload in hex] that the codec decodes and encodes before the
first request; ``loops``, how many charge loops the EVCC makes; ``seed`` of its random decisions. ``READY`` on standard output says that
the codec is warm. The EVCC begins again after every session, until it is ended.
"""

import asyncio
import json
import os
import random
import sys
from contextlib import suppress
from enum import Enum
from importlib import import_module

TABLES = ("", "din_spec.", "iso15118_2.", "iso15118_20.")
PAUSE_S = 0.5


def scale(factor):
    """Multiply the time-outs, before a state takes them: the Java codec is slow, and this machine is busy."""
    for table in TABLES:
        module = import_module(f"iso15118.shared.messages.{table}timeouts")
        longer = {name: member.value * factor for name, member in module.Timeouts.__members__.items()}
        module.Timeouts = Enum("Timeouts", longer, type=float)


def warm(codec, payloads, rounds=1):
    for _ in range(rounds):
        for namespace, payload in payloads:
            # Some contents it cannot take, such as base64Binary of DIN SPEC 70121; they warm it, too.
            with suppress(Exception):
                codec.encode(codec.decode(bytes.fromhex(payload), namespace), namespace)


def bounded_codec():
    from iso15118.shared.exificient_exi_codec import ExificientEXICodec
    from py4j.java_gateway import JavaGateway

    # Without a bound the virtual machine takes a quarter of the memory.
    launch = JavaGateway.launch_gateway
    JavaGateway.launch_gateway = staticmethod(lambda javaopts=(), **options: launch(javaopts=[*javaopts, "-Xmx256m"], **options))
    return ExificientEXICodec()


async def evcc(config, codec):
    from iso15118.evcc import EVCCHandler
    from iso15118.evcc.controller.simulator import SimEVController
    from iso15118.evcc.evcc_config import EVCCConfig

    while True:
        settings = EVCCConfig(
            supportedEnergyServices=config["services"],
            supportedProtocols=config["protocols"],
            useTls=config["tls"],
            energyTransferMode="DC_extended",
            chargeLoopCycle=config["loops"],
            sdpRetryCycles=1000,
        )
        settings.load_raw_values()
        # The package takes them through a set, in another order in every process.
        settings.supported_protocols.sort(key=lambda protocol: config["protocols"].index(protocol.name))
        await EVCCHandler(evcc_config=settings, iface=config["interface"], exi_codec=codec, ev_controller=SimEVController(settings)).start()
        await asyncio.sleep(PAUSE_S)


async def secc(config, codec):
    from iso15118.secc import SECCHandler
    from iso15118.secc.controller.interface import ServiceStatus
    from iso15118.secc.controller.simulator import SimEVSEController
    from iso15118.secc.secc_settings import Config

    settings = Config()
    settings.load_envs()
    controller = SimEVSEController()
    await controller.set_status(ServiceStatus.STARTING)
    await SECCHandler(exi_codec=codec, evse_controller=controller, config=settings).start(config["interface"])


def main():
    side, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    random.seed(config["seed"])
    os.environ |= {
        "NETWORK_INTERFACE": config["interface"],
        "PROTOCOLS": ",".join(config["protocols"]),
        "AUTH_MODES": "EIM",
        "SECC_ENFORCE_TLS": str(config["tls"]),
        "MESSAGE_LOG_JSON": "false",
    }
    scale(config["factor"])
    import_module("iso15118.shared.settings").load_shared_settings()
    codec = bounded_codec()
    warm(codec, config["warm_up"])
    print("READY", flush=True)
    asyncio.run({"evcc": evcc, "secc": secc}[side](config, codec))


if __name__ == "__main__":
    main()
