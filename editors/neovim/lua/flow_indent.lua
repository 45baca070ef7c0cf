-- How far lines are indented: as `flow fmt` does it, as far as what stands above tells.

local STATEMENTS = { "let", "var", "say", "ask", "choice", "return", "fail", "team", "tag", "template" }
local CLAUSES = { "on", "once", "overlap", "exit", "goal", "cap", "send", "holdout", "priority" }
local CLOSES = { ["("] = ")", ["["] = "]", ["{"] = "}" }

local function begins(text, words, behind)
  for _, word in ipairs(words) do
    if text:match("^" .. word .. "%f[^%w_]" .. (behind or "")) then
      return true
    end
  end
  return false
end

-- Reads lines. Answers for each what is open where it begins, and its last sign that is no comment with what is open there; and
-- what is open at the end. What is open is a list: a bracket, a hole `{{`, a text `"` or a block `"""`, the line it stands in,
-- and the one around it.
local function read(lines)
  local open, begin, last = nil, {}, {}
  for number, text in ipairs(lines) do
    -- A text ends with its line, and so does what is in its holes.
    local kept = open
    while kept do
      if kept.sign == '"' then
        open = kept.around
      end
      kept = kept.around
    end
    begin[number] = open or false
    local at = 1
    while at <= #text do
      local here = text:sub(at, at)
      local sign = open and open.sign
      if sign == '"' or sign == '"""' then
        if here == "\\" then
          at = at + 1
        elseif text:sub(at, at + 1) == "{{" then
          open, at = { sign = "{{", line = number, around = open }, at + 1
        elseif text:sub(at, at + #sign - 1) == sign then
          at = at + #sign - 1
          open = open.around
          last[number] = { '"', open }
        end
      else
        if text:sub(at, at + 1) == "//" then
          break
        elseif text:sub(at, at + 2) == '"""' then
          open, at = { sign = '"""', line = number, around = open }, at + 2
        elseif here == '"' then
          open = { sign = '"', line = number, around = open }
        elseif CLOSES[here] then
          local otherwise = text:sub(1, at - 1):match("%f[%w_]else%s*$") ~= nil
          open = { sign = here, line = number, around = open, otherwise = otherwise }
        elseif sign == "{{" and text:sub(at, at + 1) == "}}" then
          open, at = open.around, at + 1
        elseif sign and CLOSES[sign] == here then
          open = open.around
        end
        if not here:match("%s") then
          last[number] = { here, open }
        end
      end
      at = at + 1
    end
  end
  return { lines = lines, begin = begin, last = last, open = open }
end

-- Whether more is to come behind the line above this one.
local function above_goes_on(file, number)
  for above = number - 1, 1, -1 do
    local last = file.last[above]
    if last then
      if last[1]:match("[=+*-]") then
        return true
      end
      local text = file.lines[above]:match("^%s*(.*)")
      -- Elsewhere a comma separates what stands in lines.
      return last[1] == "," and (last[2] or false) == file.begin[above]
        and (begins(text, STATEMENTS, "[^:]") or text:match("%f[%w_]ask%f[^%w_][^:]") ~= nil)
    end
  end
  return false
end

-- Whether a line belongs to the one above; `open` is what is open where it begins.
local function goes_on(file, number, text, open)
  text = text:match("^%s*(.*)")
  if text:match("^[%)%]%}]") then
    return false
  end
  return begins(text, { "with", "undo", "and", "or" }, "[^:]")
    or text:sub(1, 2) == "??"
    or (not open and begins(text, CLAUSES, "%s"))
    or ((not open or open.sign == "{") and above_goes_on(file, number))
end

-- For 'indentexpr'; -1 keeps what is there.
return function(number)
  local step = vim.fn.shiftwidth()
  local file = read(vim.fn.getline(1, number - 1))
  local text = vim.fn.getline(number)
  local open = file.open
  if open and not CLOSES[open.sign] then
    -- Only a block goes on over lines.
    local kept = open
    while kept do
      if kept.sign == '"""' then
        return -1
      end
      kept = kept.around
    end
    while open and not CLOSES[open.sign] do
      open = open.around
    end
  end
  local depth = 0
  if open then
    depth = vim.fn.indent(open.line)
    -- The block of an `else` belongs to its statement, however far that goes on.
    if open.otherwise and goes_on(file, open.line, file.lines[open.line], file.begin[open.line]) then
      depth = depth - step
    end
    if not text:match("^%s*[%)%]%}]") then
      depth = depth + step
    end
  end
  if goes_on(file, number, text, open) then
    depth = depth + step
  end
  return math.max(depth, 0)
end
