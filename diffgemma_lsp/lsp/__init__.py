"""The language server: documents and wishes of an editor in, suggestions and edits out.

The only room that knows pygls and the protocol. It knows no model: whoever fills stands behind `Engine`. One protocol
method or command is one file, an adapter over functions that know neither pygls nor time.

    server        what one editor window has: settings, documents, running fills, the suggestions shown last
    protocol      JSON-RPC: each request sees the documents as they were when it arrived
    documents     open documents, equal to the editor's
    fills         running fills: newer ones supersede, cancelled ones stop
    ahead         the fill that an accept begins before it is asked for
    features      the table of methods and commands
    stdio, tcp    how the messages travel
"""
