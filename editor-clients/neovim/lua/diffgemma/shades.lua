--- Highlight groups of drafts: the surer the model is of a token, the more of the text's colour it has.
local M = {}

--- How many shades there are: DiffgemmaDraft1 is noise, the last one is settled.
M.COUNT = 4

---@param over integer 24-bit colour
---@param under integer
---@param share number of `over`, 0 to 1
---@return integer
local function mix(over, under, share)
  local mixed = 0
  for shift = 16, 0, -8 do
    local a, b = bit.band(bit.rshift(over, shift), 255), bit.band(bit.rshift(under, shift), 255)
    mixed = mixed * 256 + math.floor(a * share + b * (1 - share) + 0.5)
  end
  return mixed
end

--- Set the groups for today's colours; what a colour scheme or a user has set stays.
function M.define()
  local normal = vim.api.nvim_get_hl(0, { name = "Normal" })
  local is_dark = vim.o.background == "dark"
  local over = normal.fg or (is_dark and 0xe0e0e0 or 0x202020)
  local under = normal.bg or (is_dark and 0x101010 or 0xf8f8f8)
  local greys = is_dark and { 239, 243, 248, 254 } or { 250, 246, 241, 235 }
  for shade = 1, M.COUNT do
    vim.api.nvim_set_hl(0, "DiffgemmaDraft" .. shade, {
      fg = mix(over, under, 0.1 + 0.9 * shade / M.COUNT),
      ctermfg = greys[shade],
      italic = shade < M.COUNT,
      default = true,
    })
  end
  vim.api.nvim_set_hl(0, "DiffgemmaRemoved", { link = "DiffDelete", default = true })
  vim.api.nvim_set_hl(0, "DiffgemmaAdded", { link = "DiffAdd", default = true })
end

--- Return the group of a piece of a draft.
---@param confidence number 0 to 1
---@param is_settled boolean
---@return string
function M.group(confidence, is_settled)
  local shade = is_settled and M.COUNT or math.floor(confidence * (M.COUNT - 1)) + 1
  return "DiffgemmaDraft" .. math.max(1, math.min(shade, is_settled and M.COUNT or M.COUNT - 1))
end

return M
