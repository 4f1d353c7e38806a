--- `:checkhealth diffgemma`.
local M = {}

local health = vim.health
-- The version of PROTOCOL.md that this plugin knows.
local PROTOCOL = 1
local INSTALL = {
  "install it: pip install diffgemma-lsp",
  'or name it: vim.lsp.config("diffgemma", { cmd = { "/path/to/diffgemma-lsp" } })',
}

---@param command string[]
---@return vim.SystemCompleted?
local function run(command)
  local started, process = pcall(vim.system, command, { text = true })
  return started and process:wait(10000) or nil
end

local function check_editor()
  health.start("Neovim")
  local version = tostring(vim.version())
  if not vim.lsp.inline_completion then
    health.warn(
      version .. " has no inline completion",
      "use Neovim 0.12 for suggestions while typing; :Diffgemma works"
    )
  elseif not require("diffgemma.native").is_known() then
    local advice = "suggestions still come while you type; report this version to diffgemma"
    health.warn(version .. " does not let suggestions be asked for", advice)
  else
    health.ok(version)
  end
  if vim.lsp.is_enabled and not vim.lsp.is_enabled("diffgemma") then
    health.warn("the server is not enabled", 'put vim.lsp.enable("diffgemma") into your init.lua')
  end
end

---@param command string[]
---@return boolean
local function check_server(command)
  health.start("Server")
  if vim.fn.executable(command[1]) == 0 then
    health.error(command[1] .. " is not to be found", INSTALL)
    return false
  end
  local told = run(vim.list_extend(vim.deepcopy(command), { "--version" }))
  if not told or told.code ~= 0 then
    health.error(table.concat(command, " ") .. " does not start", told and vim.trim(told.stderr) or INSTALL)
    return false
  end
  health.ok(("%s, %s"):format(vim.trim(told.stdout), vim.fn.exepath(command[1])))
  local clients = vim.lsp.get_clients({ name = "diffgemma" })
  for _, client in ipairs(clients) do
    local spoken = vim.tbl_get(client.server_capabilities, "experimental", "diffgemma", "protocol")
    if spoken ~= PROTOCOL then
      local advice = "update the older of the two: pip install -U diffgemma-lsp, or the plugin"
      health.warn(("it speaks protocol %s, the plugin %d"):format(spoken or "0", PROTOCOL), advice)
    end
  end
  local buffers = vim.iter(clients):fold(0, function(count, client)
    return count + vim.tbl_count(client.attached_buffers)
  end)
  health.info(
    buffers == 0 and "it serves no buffer now" or ("it serves %d buffer%s"):format(buffers, buffers == 1 and "" or "s")
  )
  return true
end

--- Return which engine a server's command names.
---@param command string[]
---@return string
local function engine_kind(command)
  for index, word in ipairs(command) do
    if word == "--engine" and command[index + 1] then
      return command[index + 1]
    end
  end
  return "auto"
end

--- Return the command that asks for the resident engine of a server's command.
---@param command string[]
---@return string[]
local function engine_command(command)
  local found, options = { (command[1]:gsub("diffgemma%-lsp(%.?%w*)$", "diffgemma%1")) }, vim.list_slice(command, 2)
  for index, word in ipairs(command) do
    if word == "serve" then
      found, options = vim.list_slice(command, 1, index - 1), vim.list_slice(command, index + 1)
    end
  end
  vim.list_extend(found, { "engine", "status", "--json" })
  for index, word in ipairs(options) do
    if word == "--model" then
      vim.list_extend(found, { word, options[index + 1] })
    end
  end
  return found
end

---@param engine table of `diffgemma engine status --json`
local function show_engine(engine)
  local state = engine.state.name
  local place = ("%s on %s, %d MB"):format(engine.model, engine.device, engine.memory_bytes / 1e6)
  if state == "failed" then
    health.error(("%s: %s"):format(place, engine.state.reason), { "see :Diffgemma log", "then :Diffgemma restart" })
  else
    health.ok(("%s, %s"):format(place, state))
  end
  health.info("log: " .. engine.log)
end

---@param command string[]
local function check_engine(command)
  health.start("Engine")
  local kind = engine_kind(command)
  if kind == "fake" then
    health.info("the server answers from a script, without a model")
    return
  elseif kind ~= "auto" then
    health.info(("it is --engine %s; :Diffgemma status shows how it is"):format(kind))
    return
  end
  local asked = engine_command(command)
  local told = run(asked)
  local read, engine = pcall(vim.json.decode, told and told.stdout or "")
  if not read or type(engine) ~= "table" then
    health.warn(table.concat(asked, " ") .. " says nothing", told and vim.trim(told.stderr) or INSTALL)
  elseif not engine.is_running then
    health.info("no engine runs; the first suggestion starts one")
  else
    show_engine(engine)
  end
end

function M.check()
  check_editor()
  local config = vim.lsp.config and vim.lsp.config.diffgemma
  if not config then
    health.error("lsp/diffgemma.lua is not to be found", "put the plugin's folder into 'runtimepath'")
  elseif type(config.cmd) ~= "table" then
    health.info("the server is started by a function of your own, which cannot be looked into")
  elseif check_server(config.cmd) then
    check_engine(config.cmd)
  end
end

return M
