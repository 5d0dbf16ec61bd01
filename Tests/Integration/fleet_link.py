"""The line between a machine and its broker: passes on what comes, both ways. Prints the port at which it listens.

Stopped with SIGSTOP, it swallows everything until SIGCONT, as a line that is cut does. On SIGUSR1 it prints how many bytes
it has passed on, towards the broker and back.
"""

import asyncio
import signal
import sys

passed = [0, 0]


async def pass_on(reader, writer, way):
    try:
        while data := await reader.read(65536):
            passed[way] += len(data)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def main(broker):
    async def accept(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", broker)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pass_on(reader, far_writer, 0), pass_on(far_reader, writer, 1))

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: print(*passed, flush=True))
    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
