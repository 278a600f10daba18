"""Child processes: foreign code and untrusted input live in a process of their own, behind one narrow channel.

A child is exec'd (``signet _child ROLE``), never forked and kept: it inherits nothing but one end of a socket pair,
as its standard input. Over it go length-prefixed JSON messages, one request at a time, each with a time limit; bytes
travel as ``{"$bytes": base64}``. A child that is late, dies or talks nonsense is killed and reaped; its owner starts
another. Errors of Signet's tree cross the channel as themselves, any other exception as the name of its type only,
because its text could hold a secret.
"""

from signet.child.channel import MAX_MESSAGE, ChildDied, ChildFailed, ChildProblem, ChildTimedOut
from signet.child.process import Child, child_command, child_environment
from signet.child.server import harden, protect_process, serve

__all__ = [
    "MAX_MESSAGE",
    "Child",
    "ChildDied",
    "ChildFailed",
    "ChildProblem",
    "ChildTimedOut",
    "child_command",
    "child_environment",
    "harden",
    "protect_process",
    "serve",
]
