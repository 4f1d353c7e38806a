--- The server of a buffer, and what is asked of it.
local M = {}

local NOT_ENABLED =
  'diffgemma does not serve this buffer; call vim.lsp.enable("diffgemma"), or see :checkhealth diffgemma'
local NOT_YET = "diffgemma does not serve this buffer yet; ask again in a moment, or see :checkhealth diffgemma"

--- Tell the user one sentence.
---@param message string
---@param level? integer
function M.tell(message, level)
  vim.notify(message, level or vim.log.levels.WARN)
end

--- Tell the user what the server wants to be told.
---@param params lsp.ShowMessageParams
function M.hear(params)
  local levels = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO }
  M.tell(params.message, levels[params.type] or vim.log.levels.DEBUG)
end

--- Return the client that serves a buffer, nil where none does.
---@param bufnr integer 0 is the current one
---@return vim.lsp.Client?
function M.find(bufnr)
  return vim.lsp.get_clients({ name = "diffgemma", bufnr = bufnr == 0 and vim.api.nvim_get_current_buf() or bufnr })[1]
end

--- Return the client that serves a buffer; where none does, say what to do.
---@param bufnr integer
---@return vim.lsp.Client?
function M.need(bufnr)
  local client = M.find(bufnr)
  if not client then
    M.tell(vim.lsp.is_enabled and not vim.lsp.is_enabled("diffgemma") and NOT_ENABLED or NOT_YET)
  end
  return client
end

--- Run a command of the server, and hand on what it answers. An error is told, and ends it.
---@param bufnr integer
---@param command string
---@param argument table
---@param on_answer fun(answer: table)
function M.execute(bufnr, command, argument, on_answer)
  local client = M.need(bufnr)
  if not client then
    return
  end
  local params = { command = command, arguments = { argument } }
  client:request("workspace/executeCommand", params, function(err, answer)
    if err then
      M.tell("diffgemma: " .. err.message, vim.log.levels.ERROR)
    else
      on_answer(answer)
    end
  end, bufnr)
end

return M
