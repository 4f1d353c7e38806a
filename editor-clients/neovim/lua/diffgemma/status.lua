--- What the server says of itself and of the buffer that is looked at: `didChangeStatus`.
local drafts = require("diffgemma.drafts")
local events = require("diffgemma.events")
local server = require("diffgemma.server")

local M = {}

---@class diffgemma.Status
---@field kind "Normal"|"Inactive"|"Warning"|"Error"
---@field message string
---@field busy boolean

---@type table<integer, diffgemma.Status> by client
local latest = {}

--- Take a status.
---@param status diffgemma.Status
---@param context lsp.HandlerContext
function M.receive(status, context)
  latest[context.client_id] = status
  events.fire("Status", status)
end

--- Tell the server which buffer is looked at; its status speaks of that one then.
---@param bufnr integer
function M.focus(bufnr)
  local client = server.find(bufnr)
  if client then
    client:notify("textDocument/didFocus", { textDocument = { uri = vim.uri_from_bufnr(bufnr) } })
  end
end

--- Forget a server that has ended.
---@param client_id integer
function M.forget(client_id)
  latest[client_id] = nil
end

--- Return a short text for a statusline; empty where no server serves the buffer.
---@param bufnr integer 0 is the current one
---@return string
function M.text(bufnr)
  bufnr = bufnr == 0 and vim.api.nvim_get_current_buf() or bufnr
  local client = server.find(bufnr)
  if not client then
    return ""
  end
  local draft = drafts.latest(bufnr)
  if draft then
    return ("diffgemma: step %d/%d"):format(draft.step + 1, draft.maxSteps)
  end
  if require("diffgemma.tasks").is_running(bufnr) or require("diffgemma.suggestion").is_asked(bufnr) then
    return "diffgemma: …"
  end
  local status = latest[client.id]
  if status and status.message ~= "" then
    return "diffgemma: " .. status.message
  end
  return "diffgemma"
end

return M
