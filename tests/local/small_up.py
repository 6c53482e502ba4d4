"""`./dev up` with two small programs in the place of the product: python small_up.py DATA PORT."""

import sys
from pathlib import Path

from clinic_inbox.local import processes, up

PROGRAM = Path(__file__).with_name("answering.py")

processes.COMMANDS = {"live": f"python {PROGRAM} {{live_port}}", "worker": f"python {PROGRAM} 0"}
up.migrate_if_needed = lambda data, environment: False
up.manage = lambda environment, command: '{"email": "agent@clinic.example", "password": "demo"}'

if __name__ == "__main__":
    sys.exit(up.up(Path(sys.argv[1]), int(sys.argv[2]), names=("live", "worker")))
