--- What mappings and statuslines call. Everything else is loaded when it is first needed.
local M = {}

--- Return whether there was a suggestion or a rewrite to accept, so that a key can mean something else where not.
---@return boolean
function M.accept()
  return require("diffgemma.preview").accept(0) or require("diffgemma.suggestion").accept("all")
end

--- Accept the suggestion up to the end of its next word.
---@return boolean
function M.accept_word()
  return require("diffgemma.suggestion").accept("word")
end

--- Accept the suggestion up to the end of its next line.
---@return boolean
function M.accept_line()
  return require("diffgemma.suggestion").accept("line")
end

--- Ask for suggestions at the cursor, in insert mode.
function M.suggest()
  require("diffgemma.suggestion").ask()
end

--- Show the next suggestion, where several were asked for.
function M.next()
  require("diffgemma.suggestion").select(1)
end

--- Show the suggestion before.
function M.previous()
  require("diffgemma.suggestion").select(-1)
end

--- Fill in code at the cursor, or in the selection's place.
function M.fill()
  require("diffgemma.fill").fill(require("diffgemma.place").here())
end

--- Fill every `<|fill|>` of the buffer.
function M.holes()
  require("diffgemma.fill").holes()
end

--- Rewrite the selection, or the line of the cursor.
---@param instruction? string
function M.rewrite(instruction)
  require("diffgemma.fill").rewrite(require("diffgemma.place").selection(), instruction)
end

--- Ask what the rewrite should do, and rewrite; an empty answer leaves that to the model.
function M.ask_rewrite()
  local place = require("diffgemma.place").selection()
  vim.ui.input({ prompt = "Rewrite: " }, function(instruction)
    if instruction then
      require("diffgemma.fill").rewrite(place, instruction)
    end
  end)
end

--- Reject the rewrite that is shown. Returns whether there was one.
---@return boolean
function M.reject()
  return require("diffgemma.preview").reject(0)
end

--- Call off what runs in the buffer. Returns whether anything did.
---@return boolean
function M.cancel()
  return require("diffgemma.tasks").cancel(0)
end

--- Return a short text for a statusline: what runs, or why there are no suggestions; empty without a server.
---@return string
function M.status()
  return require("diffgemma.status").text(0)
end

return M
