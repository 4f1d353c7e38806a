--- What is said about server and engine, and the switches for them.
local logs = require("diffgemma.logs")
local server = require("diffgemma.server")

local M = {}

---@param answer table of diffgemma.status
---@return string
local function summary(answer)
  local engine, document = answer.engine, answer.document
  local model = engine.model ~= "" and ", " .. engine.model or ""
  local why = engine.message ~= "" and " (" .. engine.message .. ")" or ""
  local doubt = type(answer.heldBack) == "number" and answer.heldBack or nil
  local held_back = doubt and (", the last was held back (%d %% sure)"):format(doubt * 100) or ""
  local buffer = document.active and "suggestions are on" .. held_back or "no suggestions here: " .. document.reason
  return ("diffgemma %s: engine %s%s%s; %s"):format(answer.version, engine.state, model, why, buffer)
end

--- Show server, engine, and whether the buffer gets suggestions.
function M.status()
  local bufnr = vim.api.nvim_get_current_buf()
  local argument = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
  server.execute(bufnr, "diffgemma.status", argument, function(answer)
    server.tell(summary(answer), vim.log.levels.INFO)
  end)
end

--- Switch suggestions off and on, for all languages or one.
---@param language? string
function M.toggle(language)
  local bufnr = vim.api.nvim_get_current_buf()
  local argument = language and { language = language } or vim.empty_dict()
  server.execute(bufnr, "diffgemma.toggle", argument, function(answer)
    local what = language and (" for " .. language) or ""
    local message = ("diffgemma: suggestions are %s%s"):format(answer.enabled and "on" or "off", what)
    server.tell(message, vim.log.levels.INFO)
    require("diffgemma.native").drop(bufnr)
  end)
end

--- Replace an engine that is stuck by a fresh one.
function M.restart()
  server.execute(vim.api.nvim_get_current_buf(), "diffgemma.restartEngine", vim.empty_dict(), function(answer)
    -- The server has told why where it could not.
    if answer.restarted then
      server.tell("diffgemma: the engine is restarted", vim.log.levels.INFO)
    end
  end)
end

--- Open a log in a tab: the engine's, or what Neovim has heard of the server.
---@param which string
function M.log(which)
  if not logs[which] then
    server.tell(('diffgemma: there is no log "%s"; there are engine and server'):format(which))
    return
  end
  local path = logs[which]()
  if path then
    vim.cmd.tabedit({ args = { path }, magic = { file = false } })
    vim.cmd.normal({ args = { "G" }, bang = true })
  else
    server.tell("diffgemma: no engine has run here, so it has no log; see :Diffgemma log server")
  end
end

return M
