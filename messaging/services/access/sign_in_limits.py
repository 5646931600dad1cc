"""How often somebody may try to sign in, or to confirm their password elsewhere.

Three limits work together. An address that guesses at one account is blocked for 15 minutes, and so
is an address that guesses at many accounts. Many addresses that guess at one account only slow it
down, for a minute at most; otherwise any stranger could lock a colleague out. From an address where
somebody has signed in before, only guesses at their own account block them: an office shares one
address, and so does everybody behind a proxy that was not counted.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from didsms_site.http.client_address import client_network
from messaging.models import AttemptCount

from .attempt_limits import Counter, Limit, confirm_failure, count_of, forget, take, wait_for

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

QUARTER_OF_AN_HOUR: Final = timedelta(minutes=15)
#: One account from one address (of IPv6 a /64).
PAIR: Final = Limit(
    "pair",
    most=10,
    within=QUARTER_OF_AN_HOUR,
    first_wait=QUARTER_OF_AN_HOUR,
    in_flight=20,
)
#: All accounts from one address. An office behind one address has more than one clumsy morning.
ADDRESS: Final = Limit("address", most=20, within=QUARTER_OF_AN_HOUR, first_wait=QUARTER_OF_AN_HOUR)
#: One account from all addresses: some sixty guesses an hour remain, however many join in.
ACCOUNT: Final = Limit(
    "account",
    most=10,
    within=timedelta(hours=1),
    first_wait=timedelta(seconds=2),
    longest_wait=timedelta(seconds=60),
)
#: How many guesses of one address slow the account down for others: it has its own limit.
COUNTED_FROM_ONE_ADDRESS: Final = 5
#: Where somebody has signed in is remembered for so long.
KNOWN_FOR: Final = timedelta(days=30)
_KNOWN: Final = Limit("known", most=1, within=KNOWN_FOR, first_wait=timedelta(0))
#: The present password, asked for before a new one is taken.
PASSWORD_CHANGE: Final = Limit(
    "password_change", most=10, within=QUARTER_OF_AN_HOUR, first_wait=QUARTER_OF_AN_HOUR
)
#: Codes after the right password: at most some twenty guesses at a million codes in a day.
CODES: Final = Limit(
    "codes",
    most=10,
    within=timedelta(days=1),
    first_wait=QUARTER_OF_AN_HOUR,
    longest_wait=timedelta(hours=4),
)
#: Refused passkeys of one address that are recorded one by one; nobody is shut out.
PASSKEY_REFUSALS: Final = Limit(
    "passkey_refusals", most=20, within=QUARTER_OF_AN_HOUR, first_wait=QUARTER_OF_AN_HOUR
)
#: Tokens that one administrator makes.
TOKENS: Final = Limit("tokens", most=10, within=QUARTER_OF_AN_HOUR, first_wait=QUARTER_OF_AN_HOUR)


@dataclass(frozen=True)
class SignIn:
    """One attempt to sign in.

    Attributes:
        name: the user name as it was typed; spellings that Django tells apart count together.
        address: as `client_address` returns it; "" when nobody knows it.
    """

    name: str
    address: str

    def begin(self, *, at: datetime) -> int:
        """Count the attempt before the password is looked at; return the seconds to wait or 0."""
        if self._is_known(at=at):
            return take(self._of_pair, at=at)
        if self.address and (seconds := wait_for(self._of_address, at=at)):
            return seconds
        if count_of(self._of_pair, at=at) < COUNTED_FROM_ONE_ADDRESS:
            return take(self._of_pair, self._of_account, at=at)
        return wait_for(self._of_account, at=at) or take(self._of_pair, at=at)

    def failed(self, *, at: datetime) -> int:
        """Count a wrong password; return the seconds to wait before the next try, or 0."""
        seconds = confirm_failure(self._of_pair, at=at)
        if not self.address:
            return seconds
        take(self._of_address, at=at)
        if self._is_known(at=at):
            return seconds
        return max(seconds, wait_for(self._of_address, at=at))

    def succeeded(self, *, at: datetime) -> None:
        """Forget the failures of this account, and remember from where it was used."""
        forget(self._of_pair, self._of_account)
        if self.address:
            AttemptCount.objects.update_or_create(
                key=self._known.key, defaults={"ends_at": at + KNOWN_FOR}
            )

    def _is_known(self, *, at: datetime) -> bool:
        return AttemptCount.objects.filter(key=self._known.key, ends_at__gt=at).exists()

    @property
    def _name(self) -> str:
        return _same_name(self.name)

    @property
    def _network(self) -> str:
        return client_network(self.address)

    @property
    def _of_pair(self) -> Counter:
        return Counter(PAIR, f"{self._network} {self._name}")

    @property
    def _of_address(self) -> Counter:
        return Counter(ADDRESS, self._network)

    @property
    def _of_account(self) -> Counter:
        return Counter(ACCOUNT, self._name)

    @property
    def _known(self) -> Counter:
        return Counter(_KNOWN, f"{self._network} {self._name}")


def _same_name(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def password_proof(*, user: AbstractBaseUser) -> Counter:
    """Return the counter of somebody's attempts to prove their present password."""
    return Counter(PASSWORD_CHANGE, str(user.pk))


def code_proof(*, user: AbstractBaseUser) -> Counter:
    """Return the counter of the codes that are tried with somebody's right password."""
    return Counter(CODES, str(user.pk))


def passkey_refusals(*, address: str) -> Counter:
    """Return the counter of the passkeys that were refused to an address."""
    return Counter(PASSKEY_REFUSALS, client_network(address))


def token_creation(*, user: AbstractBaseUser) -> Counter:
    """Return the counter of the tokens that an administrator makes."""
    return Counter(TOKENS, str(user.pk))
