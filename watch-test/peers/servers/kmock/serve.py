"""Serves ConfigMaps by kmock's emulator of Kubernetes, until it is killed: serve.py PORT"""

import asyncio
import sys

import kmock


async def main() -> None:
    async with kmock.KubernetesEmulator() as emulator, kmock.Server(emulator, port=int(sys.argv[1])):
        emulator.resources["v1/configmaps"] = {"kind": "ConfigMap", "namespaced": True}
        await asyncio.Event().wait()


asyncio.run(main())
