--- `:Diffgemma`: its subcommands, and how they are completed.
local M = {}

---@class diffgemma.Subcommand
---@field run fun(call: vim.api.keyset.create_user_command.command_args, rest: string)
---@field takes_range? boolean
---@field complete? fun(): string[]

---@return table
local function api()
  return require("diffgemma")
end

---@type table<string, diffgemma.Subcommand>
local subcommands = {
  fill = {
    takes_range = true,
    run = function(call)
      local place = require("diffgemma.place")
      require("diffgemma.fill").fill(call.range > 0 and place.range(call) or place.cursor())
    end,
  },
  holes = {
    run = function()
      api().holes()
    end,
  },
  rewrite = {
    takes_range = true,
    run = function(call, rest)
      local place = require("diffgemma.place")
      require("diffgemma.fill").rewrite(call.range > 0 and place.range(call) or place.selection(), rest)
    end,
  },
  accept = {
    run = function()
      M.need(api().accept(), "there is nothing to accept")
    end,
  },
  reject = {
    run = function()
      M.need(api().reject(), "there is no rewrite to reject")
    end,
  },
  cancel = {
    run = function()
      M.need(api().cancel(), "nothing runs in this buffer")
    end,
  },
  toggle = {
    run = function(_, rest)
      require("diffgemma.report").toggle(rest ~= "" and rest or nil)
    end,
    complete = function()
      return { vim.bo.filetype }
    end,
  },
  status = {
    run = function()
      require("diffgemma.report").status()
    end,
  },
  restart = {
    run = function()
      require("diffgemma.report").restart()
    end,
  },
  log = {
    run = function(_, rest)
      require("diffgemma.report").log(rest ~= "" and rest or "engine")
    end,
    complete = function()
      return { "engine", "server" }
    end,
  },
}

--- Say so where a subcommand had nothing to do.
---@param is_done boolean
---@param otherwise string
function M.need(is_done, otherwise)
  if not is_done then
    require("diffgemma.server").tell("diffgemma: " .. otherwise)
  end
end

---@return string[]
local function names()
  local sorted = vim.tbl_keys(subcommands)
  table.sort(sorted)
  return sorted
end

--- Run a call of the command.
---@param call vim.api.keyset.create_user_command.command_args
function M.run(call)
  local name, rest = call.args:match("^(%S*)%s*(.-)%s*$")
  local subcommand = subcommands[name]
  if not subcommand then
    local message = 'diffgemma: there is no subcommand "%s"; see :help diffgemma-commands'
    require("diffgemma.server").tell(message:format(name))
  elseif call.range > 0 and not subcommand.takes_range then
    require("diffgemma.server").tell(("diffgemma: %s takes no range; leave it out"):format(name))
  else
    subcommand.run(call, rest)
  end
end

--- Return what a word of the command line can become.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local words = line:match("Diffgemma%s+(.*)$") or ""
  local name = words:match("^(%S+)%s")
  local subcommand = name and subcommands[name]
  local choices = not name and names() or subcommand and subcommand.complete and subcommand.complete() or {}
  return vim.tbl_filter(function(choice)
    return vim.startswith(choice, lead)
  end, choices)
end

return M
