--- Fills that were asked for and run: who waits for them, and how they are called off.
local drafts = require("diffgemma.drafts")
local events = require("diffgemma.events")
local keys = require("diffgemma.keys")
local server = require("diffgemma.server")

local M = {}

---@class diffgemma.Task
---@field bufnr integer
---@field client vim.lsp.Client
---@field request integer
---@field purpose string

---@type diffgemma.Task[]
local running = {}

--- Say whether a fill that was asked for runs in a buffer.
---@param bufnr integer
---@return boolean
function M.is_running(bufnr)
  return vim.iter(running):any(function(task)
    return task.bufnr == bufnr
  end)
end

---@param task diffgemma.Task
---@param outcome "answered"|"cancelled"|"failed"
local function finish(task, outcome)
  running = vim.tbl_filter(function(other)
    return other ~= task
  end, running)
  if not M.is_running(task.bufnr) then
    keys.release(task.bufnr)
    drafts.clear(task.bufnr)
  end
  events.fire("End", { buf = task.bufnr, purpose = task.purpose, outcome = outcome })
end

--- Ask for an edit. `on_edits` hears of it, unless it was called off, or there is none: then the server says why.
---@param client vim.lsp.Client
---@param bufnr integer
---@param command "diffgemma.fill"|"diffgemma.fillHoles"|"diffgemma.rewrite"
---@param argument table of the command, without the document
---@param on_edits fun(edits: lsp.TextEdit[], version: integer)
function M.start(client, bufnr, command, argument, on_edits)
  local document = { uri = vim.uri_from_bufnr(bufnr) }
  local data = vim.tbl_extend("error", { command = command, textDocument = document }, argument)
  local task = { bufnr = bufnr, client = client, purpose = command:match("%.(.*)") }
  -- To resolve an action is to get its edit without having it applied.
  local action = { title = command, data = data }
  local sent, request = client:request("codeAction/resolve", action, function(err, resolved)
    if not vim.tbl_contains(running, task) then
      return
    end
    finish(task, err and "failed" or "answered")
    local change = resolved and resolved.edit and resolved.edit.documentChanges[1]
    if err then
      server.tell("diffgemma: " .. err.message, vim.log.levels.ERROR)
    elseif change then
      on_edits(change.edits, change.textDocument.version)
    end
  end, bufnr)
  if sent then
    task.request = request
    table.insert(running, task)
    keys.hold(bufnr)
    events.fire("Start", { buf = bufnr, purpose = task.purpose })
  end
end

--- Call off what runs in a buffer. Returns whether anything did.
---@param bufnr integer 0 is the current one
---@return boolean
function M.cancel(bufnr)
  bufnr = bufnr == 0 and vim.api.nvim_get_current_buf() or bufnr
  local meant = vim.tbl_filter(function(task)
    return task.bufnr == bufnr
  end, running)
  for _, task in ipairs(meant) do
    -- Neovim does not call back for what it has cancelled itself.
    task.client:cancel_request(task.request)
    finish(task, "cancelled")
  end
  return #meant > 0
end

--- Forget what a server that has ended, or that serves a buffer no more, will not answer.
---@param client_id integer
---@param bufnr integer
function M.forget(client_id, bufnr)
  for _, task in ipairs(running) do
    if task.client.id == client_id and task.bufnr == bufnr then
      finish(task, "failed")
    end
  end
end

return M
