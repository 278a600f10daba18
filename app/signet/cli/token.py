"""`signet token`: the cards and software tokens of this computer."""

from __future__ import annotations

import click

from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetGroup, pass_call
from signet.cli.output import printable
from signet.cli.views import TOKEN_COLUMNS, key_fields, token_fields, token_key_fields
from signet.errors import NotUnlocked
from signet.keys.spec import KeySpec, KeyUsage
from signet.services.prompt import SecretKind

FAILED = 1
SPECS = [spec.value for spec in KeySpec if spec.lives_on_tokens]
PIN_STEP = "PIN"
"""The step of a test at which it stops where no PIN was given."""
KEY_COLUMNS = (("Id", "id"), ("Label", "label"), ("Spec", "spec"), ("SHA-256", "fingerprint"))

token = SignetGroup("token", help="See and test cards; make a software token for trying out.")


@token.command("list")
@pass_call
def list_tokens(call: Call) -> None:
    """List the cards and software tokens that can be seen.

    Example: signet token list
    """
    from signet.services import tokens

    found = tokens.list_tokens(call.workplace())
    empty = "No card was found. `signet token init-software` makes a software token for trying out."
    call.output.listing([token_fields(item) for item in found], TOKEN_COLUMNS, empty=empty)


@token.command("test", secrets=("pin-file",))
@click.argument("name")
@pass_call
def test(call: Call, name: str) -> int:
    """Try what the card NAME can do for Signet.

    Its own PIN comes from --pin-file or is asked for.

    Example: signet token test "My card"
    """
    from signet.services import tokens
    from signet.services.token_words import brought

    report = tokens.test_token(call.workplace(), name)
    keys = [
        {
            **token_key_fields(tried.key),
            "unlocks": tried.unlocks,
            "signs": tried.signs,
            "made_on_card": tried.key.on_token,
            "schemes": [
                {"scheme": trial.scheme.value, "raw": trial.raw, "worked": trial.worked, "why": trial.why}
                for trial in tried.trials
            ],
        }
        for tried in report.keys
    ]
    steps = [
        {"name": step.name, "worked": step.worked, "seen": step.seen, "advice": step.advice} for step in report.steps
    ]
    for key in report.brought:
        call.output.note(brought(key))
    mechanisms = [{"name": each.name, "least": each.least, "most": each.most} for each in report.mechanisms]
    described = {**token_fields(report.token), "reader": report.token.reader, "mechanisms": mechanisms}
    call.output.result({**described, "steps": steps, "keys": keys})
    for step in report.steps:
        call.output.text(printable(f"{'yes' if step.worked else 'NO '}  {step.name}: {step.seen}"))
    if report.stopped is None:
        return 0
    call.output.text(f"What to do: {report.stopped.advice}")
    return NotUnlocked.exit_status if report.stopped.name == PIN_STEP else FAILED


@token.command("keys", secrets=("pin-file",))
@click.argument("name")
@pass_call
def keys(call: Call, name: str) -> None:
    """List the keys on the card NAME.

    Without --pin-file, those that it shows to everyone.

    Example: signet token keys "My card"
    """
    from signet.services import tokens

    if call.secrets.given("pin-file"):
        found = tokens.token_keys_after_login(call.workplace(), name)
    else:
        found = tokens.token_keys(call.workplace(), name)
    empty = "The card shows no key; some show their keys only after the PIN (--pin-file)."
    call.output.listing([token_key_fields(item) for item in found], KEY_COLUMNS, empty=empty)


@token.command("init-software", secrets=("pin-file",))
@click.option("--label", metavar="LABEL", help="What it is called; that it is for trying out is added.")
@pass_call
def init_software(call: Call, label: str | None) -> None:
    """Make a software token, for trying out.

    It protects nothing that the disk does not.

    Example: signet token init-software
    """
    from signet.services import tokens

    call.prompt.typed_twice.add(SecretKind.PIN)
    made = tokens.init_software(call.workplace(), label)
    call.output.result(token_fields(made))
    call.output.say(f"The software token “{made.label}” is ready, for trying out.")


@token.command("change-pin", secrets=("pin-file", "new-pin-file"))
@click.argument("name")
@pass_call
def change_the_pin(call: Call, name: str) -> None:
    """Change the PIN of the card NAME.

    The old PIN comes from --pin-file, the new one from --new-pin-file, or both are asked for. Keys and vaults stay as
    they are. No vault is opened, so no log records it.

    Example: signet token change-pin "My card"
    """
    from signet.services.token_pins import change_pin

    call.prompt.typed_twice.add(SecretKind.NEW_PIN)
    changed = change_pin(call.workplace(), call.workplace().hub.find(name))
    call.output.result(token_fields(changed))
    call.output.say(f"The PIN of “{changed.label}” is changed.")


@token.command("unblock", secrets=("puk-file", "new-pin-file"))
@click.argument("name")
@pass_call
def unblock_the_pin(call: Call, name: str) -> None:
    """Unblock the card NAME with its PUK, and set a new PIN.

    Some cards call it SO PIN or Admin PIN. Where the card's software cannot do it, the command of a program that can
    is named, and nothing is asked for. No vault is opened, so no log records it.

    Example: signet token unblock "My card"
    """
    from signet.services.token_pins import unblock

    call.prompt.typed_twice.add(SecretKind.NEW_PIN)
    unblocked = unblock(call.workplace(), call.workplace().hub.find(name))
    call.output.result(token_fields(unblocked))
    call.output.say(f"“{unblocked.label}” is unblocked; the new PIN holds.")


@token.command("adopt", secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("name")
@click.argument("key_id", metavar="KEY-ID")
@click.argument("alias")
@click.option(
    "--usage", type=click.Choice([usage.value for usage in KeyUsage]), help="Default: signing, where it signs."
)
@pass_call
def adopt(call: Call, name: str, key_id: str, alias: str, usage: str | None) -> None:
    """Take a key of the card NAME into the vault as ALIAS.

    The private key stays on the card.

    Example: signet token adopt "My card" 02 signing
    """
    from signet.services import adopting

    with call.unlocked() as session:
        key = adopting.adopt(session, name, key_id, alias, usage=None if usage is None else KeyUsage(usage))
    call.output.result(key_fields(key))
    call.output.say(f"“{key.alias}” now stands for the key on the card; its id is {key.id}.")


@token.command("make-key", secrets=("pin-file", "management-key-file"))
@click.argument("name")
@click.option(
    "--purpose",
    type=click.Choice(("unlock", "sign")),
    default="unlock",
    metavar="unlock|sign",
    help="What it is for. Default: unlock.",
)
@click.option("--spec", type=click.Choice(SPECS), help="Default: ECC_NIST_P256, or RSA_2048 where the card cannot.")
@click.option(
    "--id", "place", metavar="ID", help="Where: a CKA_ID in hexadecimal, or a slot such as 9d. Default: an empty one."
)
@pass_call
def make_key(call: Call, name: str, purpose: str, spec: str | None, place: str | None) -> None:
    """Make a key on the card NAME, in an empty place, and try it.

    The card's PIN comes from --pin-file, a YubiKey's management key from --management-key-file.

    Example: signet token make-key "My card" --purpose sign
    """
    from signet.services.token_making import Order, Purpose, make_key

    workplace = call.workplace()
    order = Order(Purpose(purpose), None if spec is None else KeySpec(spec), place)
    made = make_key(workplace, workplace.hub.find(name), order)
    best = made.report.best
    call.output.result(
        {
            **token_key_fields(made.key),
            "token": made.token.label,
            "place": made.place,
            "unlocks": made.report.unlocks,
            "scheme": None if best is None else best.scheme.value,
            "signs": made.report.signs is True,
        }
    )
    does = "signs" if purpose == "sign" or best is None else f"can open a vault, by {best.scheme}"
    call.output.say(
        f"A {made.key.spec} key was made on “{made.token.label}” in {made.place}; it was tried and {does}."
    )
