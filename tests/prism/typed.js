// A copy of a document that Prism can validate by: it validates nothing of a schema that is `nullable` without a `type`
// (its validator cannot compile it), so there `nullable` is left out. What is sent of such a field is never null here.
const fs = require("fs");
const typed = (value) => {
  if (Array.isArray(value)) return value.map(typed);
  if (value === null || typeof value !== "object") return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, typed(part)]));
  if (copy.nullable === true && !copy.type) delete copy.nullable;
  return copy;
};
fs.writeFileSync(process.argv[3], JSON.stringify(typed(JSON.parse(fs.readFileSync(process.argv[2], "utf8")))));
