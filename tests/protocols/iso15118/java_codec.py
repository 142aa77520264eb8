"""The Java codec of the package ``iso15118`` behind a pipe; runs in the environment of that package, not in ours.

One JSON request a line on standard input, one JSON answer a line on standard output:
``{"encode": json, "namespace": uri}``, ``{"decode": hex, "namespace": uri}``, or ``{"pairs": count, "payload": hex, "namespace": uri}``,
which decodes and encodes a payload so often and answers with the seconds it took.
"""

import json
import sys
from time import perf_counter

from iso15118.shared.exificient_exi_codec import ExificientEXICodec
from py4j.java_gateway import JavaGateway


def answer(codec, request):
    namespace = request["namespace"]
    if "encode" in request:
        return {"payload": bytes(codec.encode(json.dumps(request["encode"]), namespace)).hex()}
    if "decode" in request:
        return {"document": json.loads(codec.decode(bytes.fromhex(request["decode"]), namespace))}
    payload = bytes.fromhex(request["payload"])
    start = perf_counter()
    for _ in range(request["pairs"]):
        again = codec.encode(codec.decode(payload, namespace), namespace)
    return {"seconds": perf_counter() - start, "payload": bytes(again).hex()}


def main():
    # Without a bound the virtual machine takes a quarter of the memory.
    launch = JavaGateway.launch_gateway
    JavaGateway.launch_gateway = staticmethod(lambda javaopts=(), **options: launch(javaopts=[*javaopts, "-Xmx512m"], **options))
    codec = ExificientEXICodec()
    for line in sys.stdin:
        try:
            result = answer(codec, json.loads(line))
        except Exception as error:  # the codec raises bare exceptions; the answer tells which
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
