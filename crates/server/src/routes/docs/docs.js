// Draws /openapi.json as a page. Everything from the description goes in as text, never as markup.
"use strict";

/** An element with attributes and children; strings become text. */
function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The schema that a reference names, or the schema itself. */
function resolve(api, schema) {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref.slice(2).split("/").reduce((at, key) => at?.[key], api) ?? {};
}

/** A schema in a few words: `array of Row`, `string or null`. */
function typeName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(typeName).join(" or ");
  if (schema.allOf) return schema.allOf.map(typeName).join(" and ");
  const types = [schema.type ?? "any"].flat();
  const words = types.map((type) => (type === "array" ? `array of ${typeName(schema.items)}` : type));
  return words.join(" or ") + (schema.format ? ` (${schema.format})` : "");
}

/** All properties of a schema, those of its parts included. */
function properties(api, schema) {
  const whole = resolve(api, schema);
  const parts = (whole.allOf ?? []).flatMap((part) => properties(api, part));
  return parts.concat(Object.entries(whole.properties ?? {}));
}

function table(caption, rows) {
  if (rows.length === 0) return null;
  const line = (cells) => el("tr", {}, el("th", { scope: "row" }, el("code", {}, cells[0])), ...cells.slice(1).map((cell) => el("td", {}, cell)));
  return el("table", {}, el("caption", {}, caption), el("tbody", {}, ...rows.map(line)));
}

function parameterTable(operation) {
  const rows = (operation.parameters ?? []).map((p) => [
    p.name,
    `${p.in}${p.required ? ", bắt buộc · required" : ""}`,
    typeName(p.schema),
    p.description ?? "",
  ]);
  return table("Tham số · Parameters", rows);
}

function responseTables(api, operation) {
  const rows = [];
  const bodies = [];
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    const contents = Object.entries(response.content ?? {});
    rows.push([status, contents.map(([type]) => type).join(", "), response.description ?? ""]);
    for (const [, content] of contents) {
      const fields = properties(api, content.schema);
      if (status.startsWith("2") && fields.length > 0) {
        const name = typeName(content.schema);
        bodies.push(table(name, fields.map(([key, schema]) => [key, typeName(schema), schema.description ?? ""])));
      }
    }
  }
  return [table("Trả lời · Responses", rows), ...bodies];
}

function article(api, path, method, operation) {
  const needsToken = (operation.security ?? []).length > 0 && operation.security.every((s) => "token" in s);
  const heading = el(
    "h3",
    { id: operation.operationId ?? path },
    el("span", { class: "method" }, method.toUpperCase()),
    el("code", {}, path),
    needsToken ? el("span", { class: "token" }, "token") : null,
  );
  const curl = needsToken ? `curl -H "Authorization: Bearer $TOKEN" '${location.origin}${path}'` : `curl '${location.origin}${path}'`;
  return el(
    "article",
    {},
    heading,
    el("p", {}, [operation.summary, operation.description].filter(Boolean).join(" ")),
    parameterTable(operation),
    ...responseTables(api, operation),
    el("pre", {}, curl),
  );
}

function schemaArticle(api, name, schema) {
  const fields = properties(api, schema).map(([key, s]) => [key, typeName(s), s.description ?? ""]);
  if (fields.length === 0) return null;
  return el("article", { id: `schema-${name}` }, el("h3", {}, name), el("p", {}, schema.description ?? ""), table("", fields));
}

async function draw() {
  const answer = await fetch("/openapi.json");
  const api = await answer.json();
  document.getElementById("title").textContent = `${api.info.title} ${api.info.version}`;
  document.getElementById("description").textContent = api.info.description ?? "";
  const contents = el("ul", {});
  const main = document.getElementById("operations");
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const link = el("a", { href: `#${operation.operationId ?? path}` }, path);
      contents.append(el("li", {}, link));
      main.append(article(api, path, method, operation));
    }
  }
  document.getElementById("contents").append(contents);
  main.append(el("h2", {}, "Kiểu dữ liệu · Schemas"));
  for (const [name, schema] of Object.entries(api.components?.schemas ?? {})) {
    const drawn = schemaArticle(api, name, schema);
    if (drawn) main.append(drawn);
  }
}

draw().catch((error) => {
  document.getElementById("description").textContent = `openapi.json: ${error}`;
});
