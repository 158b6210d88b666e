//! All SQL of the workspace: the published state behind one trait, [`Store`].
//!
//! [`GeoPackage`] is the embedded default: one OGC GeoPackage file that QGIS and GDAL open. [`PostGis`] is the same on a
//! server, for many at once; [`copy`] moves everything from one to the other. What the service itself must remember is
//! behind [`ServiceStore`]: in a file beside a store in a file, in the same database on a server.

mod answers;
mod copy;
mod geometry;
mod geopackage;
mod held;
mod history;
mod ledger;
mod map_layers;
mod polygons;
mod postgis;
mod row_area;
mod rows;
mod rtree;
mod service;
mod store;
mod table_rows;
mod view;

pub use copy::{Copied, copy};
pub use geopackage::{GeoPackage, open_store};
pub use held::{HeldBatch, HeldFile, NewHeld, Release, Settled};
pub use history::{Gone, PlaceMember, PlaceView, Thing};
pub use ledger::{Change, DecisionTaken, LedgerRun, RunChanges, VillageChange};
pub use map_layers::{LayerColumn, LayerKind, MapLayer, write_layers};
pub use polygons::{PolygonFeature, read_polygons};
pub use postgis::{
    PostGis, TlsError, database_name,
    migrate::{Applied, Direction, migrate},
    open_guarded, roles_sql,
};
pub use row_area::RowArea;
pub use service::{
    AUDIT_GENESIS, AnchorError, AreaStore, AuditAnchor, AuditCheck, AuditEntry, AuditFault,
    AuditHash, AuditLog, AuditRecord, BatchKind, BatchOutcome, BatchRecord, BatchRequest,
    BatchState, EraseStore, ExportRecord, ExportStore, Handed, NewBatch, NewRequest, NewSubmission,
    NewToken, Order, OrderKind, OrderState, PgService, RequestStore, ReviewClaim, ReviewMark,
    ReviewOrder, ReviewStore, Reviewed, Reviewing, SavedAreaRecord, ServiceError, ServiceStore,
    SqliteService, TokenRecord, TokenStore, WorkLock, WorkStore, copy_areas, open_service,
    open_service_for,
};
pub use store::{NewRun, NewSource, Store, StoreError};
pub use table_rows::{TableRows, is_geopackage};
pub use view::{
    AcceptedPoint, AreaQuery, BoundaryRecord, Box4, CoverageRow, DensityPoint, FindingView,
    GapCursor, GapPage, GapRow, HeldRow, HouseholdPoint, KnownHouse, NearPoint, ProposalView,
    RegisterLine, ReportRow, RowPlace, RunInfo, SealedWith, StoredSource, SubmissionView,
    UnitShape, VillageDays, VillageHousehold, VillageShape,
};
