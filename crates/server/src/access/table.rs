//! Who may what: one row an operation. Whatever has no row is not answered.

use diachiso_model::Role;

use Bound::{Area, Everywhere, Nothing, Records};
use Role::{Administrator, Collector, Officer, Planner, Public, Reviewer};

/// What a caller's areas must hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bound {
    /// Areas do not matter, or decide how much is told.
    Nothing,
    /// The unit in the path, as `{area}`, must lie in the areas of a grant.
    Area,
    /// Each record must; the handler asks the scope.
    Records,
    /// The answer is about everything: a grant must hold everywhere.
    Everywhere,
}

impl Bound {
    /// Stable name, for the documentation.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Nothing => "–",
            Area => "area",
            Records => "record",
            Everywhere => "everywhere",
        }
    }
}

/// An operation: who may use it, and who is told more by it than others.
#[derive(Debug)]
pub(crate) struct Operation {
    /// `GET` (`HEAD` too), `POST`, `PUT` or `DELETE`.
    pub(crate) method: &'static str,
    /// The route.
    pub(crate) path: &'static str,
    /// Who may use it.
    pub(crate) who: &'static [Role],
    /// Who is told more than the public by an operation that is public.
    pub(crate) more: &'static [Role],
    /// What areas must hold.
    pub(crate) bound: Bound,
    /// The personal columns that it tells; each answer with them is on record.
    pub(crate) columns: &'static [&'static str],
}

impl Operation {
    /// Its name in the audit log.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether anybody may use it.
    pub(crate) fn is_public(&self) -> bool {
        self.who.contains(&Public)
    }

    /// The roles that a grant must have to count here.
    pub(crate) fn counted(&self) -> &'static [Role] {
        if self.is_public() { self.more } else { self.who }
    }
}

/// The row of an operation; `HEAD` is answered as `GET`.
pub(crate) fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    let method = if method == "HEAD" { "GET" } else { method };
    OPERATIONS.iter().find(|op| op.method == method && op.path == path)
}

/// The methods that a path has rows for, as the header `Allow` lists them.
pub(crate) fn allowed(path: &str) -> Option<String> {
    let methods = OPERATIONS.iter().filter(|op| op.path == path).map(|op| op.method);
    let listed: Vec<&str> =
        methods.flat_map(|m| if m == "GET" { vec!["GET", "HEAD"] } else { vec![m] }).collect();
    (!listed.is_empty()).then(|| listed.join(","))
}

/// A public operation without anything personal.
const fn open(path: &'static str) -> Operation {
    Operation { method: "GET", path, who: &[Public], more: &[], bound: Nothing, columns: &[] }
}

const LIST: &[&str] = &["household", "head", "address", "members", "poverty", "suggested"];
const ROW: &[&str] =
    &["head", "code", "address", "phone", "members", "point", "collector", "findings"];
const WAITING: &[&str] =
    &["head", "code", "address", "phone", "members", "point", "collector", "findings", "household"];
const HOUSE: &[&str] = &["address", "point"];
const REGISTER: &[&str] = &["household", "head", "birth_year", "address", "members", "status"];

/// All of them.
pub(crate) const OPERATIONS: &[Operation] = &[
    open("/"),
    open("/desk"),
    open("/assets/{*path}"),
    open("/docs"),
    open("/docs/docs.js"),
    open("/docs/docs.css"),
    open("/openapi.json"),
    open("/healthz"),
    open("/readyz"),
    open("/metrics"),
    Operation { more: &[Planner, Officer, Reviewer, Administrator], ..open("/api/v1/coverage") },
    open("/api/v1/coverage/course"),
    open("/api/v1/coverage/registers"),
    open("/api/v1/areas"),
    open("/api/v1/areas/{area}"),
    // Sets of units: nobody is told of. Whose they are the handler asks.
    Operation { method: "PUT", who: &[Officer, Administrator], ..open("/api/v1/areas/{area}") },
    Operation { method: "DELETE", who: &[Officer, Administrator], ..open("/api/v1/areas/{area}") },
    open("/api/v1/units/find"),
    Operation { more: &[Officer, Reviewer], columns: HOUSE, ..open("/api/v1/reverse") },
    open("/api/v1/codes/{code}"),
    Operation { more: &[Officer, Reviewer], columns: HOUSE, ..open("/api/v1/geocode") },
    Operation {
        method: "POST",
        more: &[Officer, Reviewer],
        columns: HOUSE,
        ..open("/api/v1/geocode")
    },
    Operation { more: &[Officer, Reviewer], columns: HOUSE, ..open("/api/v1/suggest") },
    Operation {
        method: "POST",
        path: "/api/v1/geocode/batch",
        who: &[Officer, Reviewer],
        more: &[],
        bound: Records,
        columns: HOUSE,
    },
    open("/api/v1/rules"),
    open("/tiles/{layer}"),
    open("/tiles/{layer}/{z}/{x}/{y}"),
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: &["household", "state", "point"],
        ..open("/tiles/households/{z}/{x}/{y}")
    },
    open("/ogc"),
    open("/ogc/conformance"),
    open("/ogc/collections"),
    open("/ogc/collections/{collection}"),
    open("/ogc/collections/{collection}/queryables"),
    open("/ogc/collections/{collection}/items"),
    open("/ogc/collections/{collection}/items/{feature}"),
    open("/ogc/collections/{collection}/tiles"),
    open("/ogc/collections/{collection}/tiles/{tiling}"),
    open("/ogc/collections/{collection}/tiles/{tiling}/{matrix}/{row}/{column}"),
    open("/ogc/tileMatrixSets"),
    open("/ogc/tileMatrixSets/{tiling}"),
    Operation {
        who: &[Officer, Reviewer],
        bound: Area,
        columns: LIST,
        ..open("/api/v1/areas/{area}/gaps")
    },
    Operation {
        who: &[Collector, Officer, Reviewer, Administrator],
        bound: Records,
        columns: ROW,
        ..open("/api/v1/submissions/{id}")
    },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: &["household", "point"],
        ..open("/api/v1/places/{id}")
    },
    // What was handed out to whom, of which area: no person.
    Operation { who: &[Officer, Reviewer, Administrator], ..open("/api/v1/exports/{id}") },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: &["household", "submission"],
        ..open("/api/v1/explain")
    },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: &["findings"],
        ..open("/api/v1/report")
    },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: &["collector"],
        ..open("/api/v1/proposals")
    },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: &["collector"],
        ..open("/api/v1/proposals/{id}")
    },
    // Sources, days, counts: nobody is named.
    Operation { who: &[Planner, Officer, Reviewer, Administrator], ..open("/api/v1/registers") },
    Operation {
        who: &[Planner, Officer, Reviewer, Administrator],
        ..open("/api/v1/registers/{before}/compare/{after}")
    },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: REGISTER,
        ..open("/api/v1/registers/{before}/compare/{after}/households")
    },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: WAITING,
        ..open("/api/v1/review")
    },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: WAITING,
        ..open("/api/v1/review/{id}")
    },
    Operation {
        method: "POST",
        who: &[Reviewer],
        bound: Records,
        ..open("/api/v1/review/{id}/claim")
    },
    Operation {
        method: "DELETE",
        who: &[Reviewer],
        bound: Records,
        ..open("/api/v1/review/{id}/claim")
    },
    Operation {
        method: "POST",
        who: &[Reviewer],
        bound: Records,
        ..open("/api/v1/review/{id}/decision")
    },
    Operation {
        method: "POST",
        who: &[Reviewer],
        bound: Records,
        ..open("/api/v1/review/{id}/undo")
    },
    Operation {
        method: "POST",
        who: &[Officer, Reviewer, Administrator],
        ..open("/api/v1/batches")
    },
    // Reasons why a batch is held name collectors.
    Operation {
        who: &[Officer, Reviewer, Administrator],
        columns: &["collector"],
        ..open("/api/v1/batches")
    },
    Operation {
        who: &[Officer, Reviewer, Administrator],
        columns: &["collector"],
        ..open("/api/v1/batches/{id}")
    },
    Operation {
        who: &[Officer, Reviewer, Administrator],
        columns: &["collector"],
        ..open("/api/v1/batches/{id}/events")
    },
    // Counts, names of files and of those who decided: nobody of a household.
    Operation { who: &[Officer, Reviewer, Administrator], ..open("/api/v1/runs") },
    Operation { who: &[Officer, Reviewer, Administrator], ..open("/api/v1/runs/{number}") },
    Operation {
        method: "POST",
        who: &[Reviewer, Administrator],
        bound: Everywhere,
        ..open("/api/v1/batches/{id}/withdraw")
    },
    Operation {
        method: "POST",
        who: &[Reviewer, Administrator],
        bound: Everywhere,
        ..open("/api/v1/batches/{id}/publish")
    },
    Operation {
        method: "POST",
        who: &[Reviewer, Administrator],
        bound: Everywhere,
        ..open("/api/v1/batches/{id}/discard")
    },
    Operation {
        method: "POST",
        who: &[Collector, Officer, Reviewer],
        ..open("/api/v1/submissions")
    },
    // Rejects hold what was sent.
    Operation {
        method: "POST",
        who: &[Collector, Officer, Reviewer],
        bound: Records,
        ..open("/api/v1/results")
    },
    Operation {
        who: &[Officer, Reviewer],
        bound: Records,
        columns: &["household", "head", "address", "state"],
        ..open("/api/v1/results")
    },
    Operation {
        method: "POST",
        who: &[Reviewer],
        bound: Records,
        ..open("/api/v1/results/{id}/approve")
    },
    Operation {
        method: "POST",
        who: &[Reviewer],
        bound: Records,
        ..open("/api/v1/results/{id}/refuse")
    },
    Operation {
        method: "POST",
        who: &[Collector, Officer, Reviewer],
        bound: Records,
        ..open("/api/v1/results/{id}/withdraw")
    },
    Operation { who: &[Collector, Officer, Reviewer], ..open("/api/v1/orders/{order}") },
    // Counts: nobody is named.
    Operation {
        method: "POST",
        who: &[Administrator],
        bound: Everywhere,
        ..open("/api/v1/erasures")
    },
    // What comes back is what was sent; nothing that is kept is told.
    Operation { method: "POST", who: &[Collector, Officer, Reviewer], ..open("/api/v1/check") },
    Operation {
        method: "POST",
        who: &[Collector, Officer, Reviewer],
        ..open("/api/v1/check/columns")
    },
    Operation {
        method: "POST",
        who: &[Collector, Officer, Reviewer],
        ..open("/api/v1/check/submission")
    },
];

/// The table as Markdown, for the documentation.
#[must_use]
pub fn roles_table() -> String {
    let mut text = String::from("| operation | ");
    text.push_str(&Role::ALL.map(Role::as_str).join(" | "));
    text.push_str(" | areas | personal columns |\n|---|---|---|---|---|---|---|---|---|\n");
    for op in OPERATIONS {
        let mark = |role: Role| match (op.who.contains(&role), op.more.contains(&role)) {
            (_, true) => "more",
            (true, false) => "yes",
            (false, false) if op.is_public() => "yes",
            (false, false) => "–",
        };
        let columns = if op.columns.is_empty() { "–".to_owned() } else { op.columns.join(", ") };
        let (marks, bound) = (Role::ALL.map(mark).join(" | "), op.bound.as_str());
        text.extend(["| `", &op.name(), "` | ", &marks, " | ", bound, " | ", &columns, " |\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_one_row() {
        for (i, op) in OPERATIONS.iter().enumerate() {
            let twin = OPERATIONS[..i].iter().find(|o| (o.method, o.path) == (op.method, op.path));
            assert!(twin.is_none(), "{}", op.name());
        }
    }

    #[test]
    fn what_tells_personal_columns_is_not_told_to_everybody() {
        for op in OPERATIONS.iter().filter(|op| !op.columns.is_empty()) {
            assert!(!op.counted().is_empty() && !op.counted().contains(&Public), "{}", op.name());
            assert!(!op.counted().contains(&Planner), "{}: planners see no person", op.name());
        }
    }

    #[test]
    fn head_is_answered_as_get_and_other_methods_are_named() {
        assert_eq!(
            operation("HEAD", "/healthz").map(Operation::name).as_deref(),
            Some("GET /healthz")
        );
        assert!(operation("DELETE", "/healthz").is_none());
        assert_eq!(allowed("/api/v1/geocode").as_deref(), Some("GET,HEAD,POST"));
        assert_eq!(allowed("/api/v1/nothing"), None);
    }
}
