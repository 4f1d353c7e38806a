--- Where logs are.
local M = {}

--- Return the log of the engine that ran last, nil where none has.
---@return string?
function M.engine()
  local state = vim.env.XDG_STATE_HOME
  if not state or not vim.startswith(state, "/") then
    state = vim.fs.joinpath(vim.uv.os_homedir(), ".local", "state")
  end
  local newest, newest_time
  for name, kind in vim.fs.dir(vim.fs.joinpath(state, "diffgemma")) do
    local path = vim.fs.joinpath(state, "diffgemma", name)
    local found = kind == "file" and name:match("^engine%-.*%.log$") and vim.uv.fs_stat(path)
    if found and (not newest_time or found.mtime.sec > newest_time) then
      newest, newest_time = path, found.mtime.sec
    end
  end
  return newest
end

--- Return the log of Neovim's client, which holds what the server writes to standard error.
---@return string
function M.server()
  return vim.lsp.log and vim.lsp.log.get_filename() or vim.lsp.get_log_path()
end

return M
