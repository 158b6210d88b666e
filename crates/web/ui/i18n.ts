// Every word of the page, Vietnamese first, English second.

export type Language = "vi" | "en";

const KEPT_AS = "diachiso.language";

const words = {
  title: ["Độ phủ địa chỉ số", "Digital address coverage"],
  skip: ["Đến bảng số liệu", "Skip to the table"],
  language: ["Ngôn ngữ", "Language"],
  period: ["Đơn vị hành chính từ", "Units as of"],
  level: ["Cấp đơn vị", "Level"],
  communes: ["Xã, phường", "Communes"],
  villages: ["Thôn, tổ dân phố", "Villages"],
  density: ["Mật độ hộ đã có", "Density of covered households"],
  mapSection: ["Bản đồ", "Map"],
  mapLabel: ["Bản đồ độ phủ; phím mũi tên để di chuyển, + và − để phóng, bảng bên cạnh có cùng số liệu", "Coverage map; arrow keys move, + and − zoom, the table holds the same numbers"],
  tableSection: ["Bảng số liệu", "Table"],
  crumbs: ["Phạm vi của bảng", "What the table shows"],
  zoom: ["Phóng bản đồ", "Zoom"],
  zoomIn: ["Phóng to", "Zoom in"],
  zoomOut: ["Thu nhỏ", "Zoom out"],
  zoomAll: ["Xem toàn vùng", "Show everything"],
  everything: ["Tất cả", "All"],
  unit: ["Đơn vị", "Unit"],
  covered: ["Đã có", "Covered"],
  households: ["Tổng hộ", "Households"],
  percent: ["Tỷ lệ", "Percent"],
  poorShort: ["Hộ nghèo", "Poor"],
  total: ["Tổng cộng", "Total"],
  headline: ["{covered} / {households} hộ = {percent}", "{covered} of {households} households = {percent}"],
  denominator: ["Mẫu số: danh sách hộ nguồn {source}, chốt ngày {day}", "Denominator: register of {source}, closed on {day}"],
  caption: ["Hộ đã có địa chỉ số trên tổng số hộ, theo đơn vị", "Households with a digital address among all households, by unit"],
  sort: ["Sắp xếp theo {column}", "Sort by {column}"],
  level_village: ["Thôn, tổ dân phố", "Village"],
  level_commune: ["Xã, phường", "Commune"],
  level_district: ["Huyện", "District"],
  level_province: ["Tỉnh, thành phố", "Province"],
  source_police: ["Công an", "the police"],
  source_statistics: ["Thống kê", "the statistics office"],
  source_welfare: ["Lao động – Xã hội", "the welfare office"],
  code: ["mã {code}", "code {code}"],
  ofHouseholds: ["hộ đã có địa chỉ số / tổng số hộ", "households covered / all households"],
  persons: ["Nhân khẩu", "Persons"],
  poor: ["Hộ nghèo", "Poor households"],
  nearPoor: ["Hộ cận nghèo", "Near-poor households"],
  outside: ["Phiếu ngoài danh sách (không tính)", "Submissions outside the list (not counted)"],
  hidden: ["ẩn", "hidden"],
  hiddenWhy: ["“ẩn”: dưới {n} hộ, hoặc là số mà từ đó suy ra được số dưới {n}; không công bố.", "“hidden”: fewer than {n} households, or a number from which one below {n} would follow; not published."],
  states: ["Tình trạng", "By state"],
  state_covered: ["Đã có địa chỉ số", "Covered"],
  state_pending: ["Phiếu đang chờ duyệt", "Submission held for review"],
  state_rejected: ["Phiếu bị trả lại", "Submission rejected"],
  state_none: ["Chưa có phiếu", "No submission"],
  state_absent: ["Đã đến, vắng nhà", "Visited, nobody home"],
  state_away: ["Đi vắng dài ngày", "Long-term away"],
  state_refused: ["Từ chối", "Refused"],
  state_duplicate_line: ["Dòng trùng trong danh sách (không tính)", "Duplicate line of the register (not counted)"],
  state_moved: ["Đã chuyển đi (không tính)", "Moved away (not counted)"],
  state_gone: ["Không còn hộ (không tính)", "No longer exists (not counted)"],
  precision: ["Độ chính xác của điểm", "Precision of the points"],
  class_A: ["A: tại cửa (≤ 15 m)", "A: at the door (≤ 15 m)"],
  class_B: ["B: trong khuôn viên (≤ 50 m)", "B: on the premises (≤ 50 m)"],
  close: ["Đóng", "Close"],
  seeVillages: ["Xem các thôn", "Show its villages"],
  zoomTo: ["Phóng đến", "Zoom to"],
  gaps: ["Danh sách hộ chưa có địa chỉ số", "Households without a digital address"],
  gapsWhy: ["Dữ liệu cá nhân: cần mã truy cập. Mã chỉ được giữ đến khi đóng thẻ này.", "Personal data: a token is needed. It is kept only until this tab closes."],
  token: ["Mã truy cập", "Access token"],
  purpose: ["Mục đích (ghi vào nhật ký)", "Purpose (goes on record)"],
  purposeUsual: ["Lập địa chỉ số cho hộ còn thiếu", "Digital addresses for the households still without one"],
  downloadAs: ["Tải {format}", "Download {format}"],
  downloading: ["Đang tải…", "Downloading…"],
  downloaded: ["Đã tải {name} ({size} kB)", "Downloaded {name} ({size} kB)"],
  needToken: ["Hãy nhập mã truy cập trước khi tải.", "Enter an access token first."],
  refused: ["Mã truy cập không đúng hoặc đã hết hạn (401). Hãy kiểm tra rồi thử lại.", "The access token is wrong or has expired (401). Check it and try again."],
  offline: ["Không liên lạc được với máy chủ. Hãy thử lại.", "The server cannot be reached. Try again."],
  failed: ["Không tải được số liệu: {why}", "The numbers could not be loaded: {why}"],
  noUnit: ["Không có số liệu của đơn vị {code} trong kỳ này.", "There are no numbers for unit {code} in this period."],
  tableEmpty: ["Chưa có số liệu trong phạm vi này.", "There are no numbers here."],
  legend: ["Hộ đã có địa chỉ số, %", "Households covered, %"],
  noData: ["chưa có dữ liệu", "no data"],
  legendDensity: ["Hộ đã có trong mỗi ô (dưới 5 hộ không vẽ)", "Covered households in a cell (below 5 not drawn)"],
  noMap: ["Không vẽ được bản đồ ({why}). Bảng bên cạnh có cùng số liệu.", "The map cannot be drawn ({why}). The table holds the same numbers."],
  schematic: ["Ranh giới giản lược, không phải ranh giới chính thức", "Schematic boundaries, not official ones"],
  inferred: ["Hình thôn suy ra từ điểm, không có ranh giới chính thức", "Village shapes inferred from points; none is official"],
  villagesOf: ["Thôn chỉ vẽ theo kỳ {day}", "Villages are drawn as of {day} only"],
} satisfies Record<string, [string, string]>;

export type Word = keyof typeof words;

let current: Language = readKept();

function readKept(): Language {
  try {
    return localStorage.getItem(KEPT_AS) === "en" ? "en" : "vi";
  } catch {
    return "vi"; // storage switched off: Vietnamese first
  }
}

/** The language in use. */
export function language(): Language {
  return current;
}

/** Changes the language and keeps it for the next visit. */
export function setLanguage(to: Language): void {
  current = to;
  document.documentElement.lang = to;
  try {
    localStorage.setItem(KEPT_AS, to);
  } catch {
    // Storage switched off: the choice lasts as long as the page.
  }
}

/** A word or sentence, with its `{holes}` filled. */
export function t(word: Word, holes: Record<string, string> = {}): string {
  const text: string = words[word][current === "vi" ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => holes[name] ?? whole);
}

/** A word whose key is made of data; the data itself where there is no such word. */
export function tOr(key: string, otherwise: string): string {
  return key in words ? t(key as Word) : otherwise;
}

/** Puts the words into the fixed parts of the page. */
export function translatePage(): void {
  document.title = t("title");
  for (const node of document.querySelectorAll<HTMLElement>("[data-t]")) {
    node.textContent = t(node.dataset.t as Word);
  }
  for (const node of document.querySelectorAll<HTMLElement>("[data-t-label]")) {
    const text = t(node.dataset.tLabel as Word);
    node.setAttribute("aria-label", text);
    if (node instanceof HTMLButtonElement) node.title = text;
  }
}
