// Gap lists of one unit as files.

import { Refusal } from "./api";
import { el } from "./dom";
import { count } from "./format";
import { t } from "./i18n";
import { canBeToken, fetchFile, keepToken, keptToken } from "./session";

const FORMATS = ["xlsx", "csv", "geojson"] as const;

/** The form for the gap list of one unit. */
export function downloadForm(area: string): HTMLElement {
  const field = el("input", {
    id: "token", type: "password", autocomplete: "off", spellcheck: "false", "aria-describedby": "token-why download-said",
  });
  field.value = keptToken();
  const purpose = el("input", { id: "purpose", type: "text", autocomplete: "off", minlength: "3", maxlength: "200" });
  purpose.value = t("purposeUsual");
  const said = el("p", { id: "download-said", class: "said", role: "status" });
  const buttons = FORMATS.map((format) =>
    el("button", { type: "button", "data-format": format, onclick: () => void start(format) }, t("downloadAs", { format })),
  );

  function tell(text: string, wrong: boolean): void {
    said.setAttribute("role", wrong ? "alert" : "status");
    said.classList.toggle("wrong", wrong);
    field.setAttribute("aria-invalid", String(wrong));
    said.textContent = text;
  }

  async function start(format: string): Promise<void> {
    const token = field.value.trim();
    if (!canBeToken(token)) {
      tell(token ? t("refused") : t("needToken"), true);
      field.focus();
      return;
    }
    for (const button of buttons) button.disabled = true;
    tell(t("downloading"), false);
    try {
      const { name, bytes } = await fetchFile(
        `/api/v1/areas/${encodeURIComponent(area)}/gaps?format=${format}`, token, purpose.value.trim(),
        `ho-chua-co-dia-chi-so-${area}.${format}`);
      keepToken(token);
      tell(t("downloaded", { name, size: count(Math.ceil(bytes / 1000)) }), false);
    } catch (error) {
      const unknown = error instanceof Refusal && error.status === 401;
      tell(unknown ? t("refused") : error instanceof Error ? error.message : String(error), true);
      if (unknown) field.focus();
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  const submit = (event: Event): void => {
    event.preventDefault(); // Enter in the field: the form itself goes nowhere
    void start(FORMATS[0]);
  };
  return el("form", { class: "download", onsubmit: submit },
    el("h3", {}, t("gaps")),
    el("p", { class: "small", id: "token-why" }, t("gapsWhy")),
    el("p", { class: "small" }, el("a", { href: `./desk#gaps=${encodeURIComponent(area)}` }, t("gapsWhereDesk"))),
    el("label", { for: "token" }, t("token")), field,
    el("label", { for: "purpose" }, t("purpose")), purpose,
    el("div", { class: "buttons" }, ...buttons), said);
}
