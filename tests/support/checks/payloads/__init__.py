"""Model files that would do harm, written by hand: one for each known way."""

from checks.payloads.code import CODE
from checks.payloads.crafted import Crafted
from checks.payloads.places import PLACES
from checks.payloads.sizes import SIZES

PAYLOADS = CODE | PLACES | SIZES


class Payloads(Crafted):
    """Writes each file into a folder; all of them aim at the file `canary`."""

    def write(self, name):
        """The file of the payload with that name."""
        return PAYLOADS[name](self)
