"""What is administration, and so asks for proof of presence (DESIGN.md, section 6), in one list; and what is not.

Every service that the window or the command line calls with an open vault, and that writes to it, is in one of the
two (`tests/services/test_administration.py` reads the code of the front ends for that). Those of the first ask before
they look at anything else: `Session.require_presence`, or `Session.presented` where the way in has to be at hand.
Services that open a vault themselves ask for its secret by that: creating, restoring, accepting, drills.
"""

from __future__ import annotations

ADMINISTRATION = frozenset(
    {
        "adopting.adopt",
        "checkpoints.sign_now",
        "deletion.destroy_key",
        "deletion.schedule_deletion",
        "exposed.renew_keys",
        "exporting.export_key",
        "guards.add_guard",
        "guards.remove_guard",
        "import_expiry.delete_material",
        "import_expiry.set_expiry",
        "import_transport.import_parameters",
        "import_transport.import_wrapped",
        "importing.import_key",
        "importing.import_material",
        "key_labels.label_key",
        "key_names.move_alias",
        "key_names.remove_alias",
        "key_states.move_key",
        "key_states.move_keys",
        "keys.create_key",
        "keys.enable_key",
        "lost.lose_card",
        "master.rotate_master",
        "methods.add_method",
        "methods.prove_method",
        "methods.remove_method",
        "old_copies.delete_left_behind",
        "people.add_key_to_person",
        "people.add_person",
        "people.remove_key_from_person",
        "people.remove_person",
        "people.rename_person",
        "people.trust_person",
        "policies.change_policy",
        "receiving.keep_key",
        "receiving.receive_key",
        "receiving.request_key",
        "renewal.begin_renewal",
        "renewal.finish_renewal",
        "rotation.rotate_key",
        "rotation.schedule_rotation",
        "rotation.stop_rotation",
        "sending.send_key",
    }
)
"""Keys made, taken in, switched on again, exported, sent, rotated, limited, deleted; their guards; names taken away
for others; ways in; copies deleted; who else reads files and is believed as a signer. Of the moves from state to
state only those that open a key ask.
"""

EVERYDAY = {
    "anchors.export_checkpoint": "takes nothing away and lets nobody in; what it writes is signed already",
    "attention.needs_attention": "reads, and leaves its own note of what was seen",
    "audit.check_log": "looks",
    "audit.export_log": "takes nothing away and lets nobody in; the log says who did it",
    "audit.verify_log": "looks",
    "backup.automatic_backup": "adds a copy, which opens by the same ways in",
    "backup.write_backup": "adds a copy, which opens by the same ways in",
    "card_files.move_files": "uses keys, each through the one door",
    "copies.decrypted_copies": "looks, and forgets what is gone",
    "copies.forget_copy": "takes a note away; the copy stays",
    "data_keys.decrypt_data_key": "uses a key, through the one door",
    "data_keys.generate_data_key": "uses a key, through the one door",
    "data_keys.generate_data_key_pair": "uses a key, through the one door",
    "drill.drill": "opens a copy by its own secret",
    "drill.practise": "opens a copy by its own secret",
    "files_decrypt.decrypt_files": "uses keys, each through the one door",
    "files_each.spread": "looks",
    "files_encrypt.encrypt_files": "uses a key, through the one door",
    "files_proof.trash_copies": "what it moves can be put back",
    "files_proof.trash_originals": "uses keys, each through the one door; what it moves can be put back",
    "files_reencrypt.re_encrypt_files": "uses keys, each through the one door",
    "deletion.cancel_deletion": "keeps what was to be lost; the key is disabled then",
    "key_files.re_encrypt_key": "uses keys, each through the one door",
    "key_names.add_alias": "says one thing more about a key, and takes no name from another",
    "key_names.describe_key": "a note",
    "key_names.tag_key": "a note",
    "keys.disable_key": "stops a key; a stop must never wait for a PIN",
    "log_search.wanted": "looks",
    "macs.generate_mac": "uses a key, through the one door",
    "macs.random_bytes": "uses no key",
    "macs.verify_mac": "uses a key, through the one door",
    "old_copies.left_behind": "looks",
    "people.note_person": "a note",
    "people.untrust_person": "takes trust away; a stop must never wait for a PIN",
    "sharing.write_shared": "writes a public half, which is no secret",
    "publishing.published": "writes a new file, and records that",
    "renewal.give_up_renewal": "takes a reminder away; the cards stay as they are",
    "rsa_secrets.decrypt_rsa": "uses a key, through the one door",
    "rsa_secrets.encrypt_rsa": "uses a key, through the one door",
    "saved_codes.note_saved_code": "sets a reminder",
    "shared_secrets.decapsulate": "uses a key, through the one door",
    "shared_secrets.derive_shared_secret": "uses a key, through the one door",
    "shared_secrets.encapsulate": "uses a key, through the one door, or a public key alone",
    "signing.sign_files": "uses a key, through the one door",
    "small_secrets.decrypt_secret": "uses a key, through the one door",
    "small_secrets.encrypt_secret": "uses a key, through the one door",
    "upkeep.hourly": "does what was planned; planning it is administration",
    "verification.verify_vault": "looks",
}
"""What writes to the vault and is no administration, with the reason."""
