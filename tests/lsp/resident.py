"""A language server with a resident engine that plays a script, which is a process like any user's."""

# The command line names a resident engine only for real models.
PROGRAM = """
import sys
from diffgemma_lsp.cli.fillers import FILLERS
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.lsp.features import build_server
from diffgemma_lsp.lsp.resident import ResidentEngine
from diffgemma_lsp.lsp.stdio import serve_stdio
from diffgemma_lsp.settings import Settings

spec = EngineSpec("fake", sys.argv[1])
engine = ResidentEngine(
    lambda notify: EngineClient(spec, notify=notify), lambda: FILLERS["fake"].describe(spec.model)
)
sys.exit(serve_stdio(build_server(engine, Settings())))
"""
