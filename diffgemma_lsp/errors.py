"""Everything that can go wrong because of the outside world. A message says what was wrong and what to do next.

DiffgemmaError
├── InputError          the user's file, position, range or option cannot be used
│   ├── FileChangedError    the file is no longer what was read
│   └── NotSentError        the document may not leave this machine
├── ModelError          a checkpoint cannot be loaded or does not fit what is asked of it
│   ├── ModelNotFoundError
│   └── OutOfMemoryError
├── EngineError         the resident engine cannot do what is asked of it
│   ├── EngineUnavailableError  it does not run, and cannot be reached or started
│   ├── EngineVersionError      it is of another version than its client
│   ├── EngineBusyError         too many tasks wait for it
│   ├── EngineBugError          something failed in it that never should
│   ├── SupersededError         a newer task for the same document took this one's place
│   └── RemoteError             the server elsewhere that fills cannot do it
│       └── RemoteUnavailableError  it cannot be reached, or has no room
└── ConfigError         a profile or a settings file holds something that it must not
"""


class DiffgemmaError(Exception):
    """Base of all errors that are shown to a user as one sentence."""


class InputError(DiffgemmaError):
    """The user's file, position, range or option cannot be used."""


class FileChangedError(InputError):
    """The file on disk is no longer the one that was read, so it is not written."""


class NotSentError(InputError):
    """The document may not leave this machine."""


class ModelError(DiffgemmaError):
    """A checkpoint cannot be loaded, or does not fit what is asked of it."""


class ModelNotFoundError(ModelError):
    """No checkpoint stands where one was named, or its hub cannot be reached."""


class OutOfMemoryError(ModelError):
    """The device or the host has too little memory for the checkpoint or the task."""


class EngineError(DiffgemmaError):
    """The resident engine cannot do what is asked of it."""


class EngineUnavailableError(EngineError):
    """The resident engine does not run, and cannot be reached or started."""


class EngineVersionError(EngineError):
    """The resident engine is of another version than its client."""


class EngineBusyError(EngineError):
    """Too many tasks wait for the resident engine."""


class EngineBugError(EngineError):
    """Something failed in the resident engine that never should."""


class SupersededError(EngineError):
    """A newer task for the same document took this one's place."""


class RemoteError(EngineError):
    """The server elsewhere that fills cannot do what is asked of it."""


class RemoteUnavailableError(RemoteError):
    """The server elsewhere cannot be reached, or has no room."""


class ConfigError(DiffgemmaError):
    """A model profile or a settings file holds something that it must not."""
