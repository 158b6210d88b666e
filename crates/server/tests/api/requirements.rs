//! Every class of OGC requirements that the server says it meets, each with tests named after its requirements:
//! `/req/core/fc-limit-response-1` is `req_core_fc_limit_response_1`. A class that is declared and stands here without
//! one fails, and so does one that stands here and is not declared.

mod common;
mod cql2;
mod features;
mod tiles;

use crate::state::Server;

/// Makes a test of each class and the list of all: class, name of the test, requirements in it.
macro_rules! classes {
    ($($uri:literal $name:ident in $module:ident { $($requirement:ident)+ })+) => {
        /// Classes and their requirements.
        const CLASSES: &[(&str, &[&str])] = &[$(($uri, &[$(stringify!($requirement)),+])),+];

        $(#[tokio::test]
        async fn $name() {
            let server = Server::published().await;
            $(
                println!("{}", stringify!($requirement));
                $module::$requirement(&server).await;
            )+
        })+
    };
}

classes! {
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core" common_core in common {
        req_core_root_op req_core_root_success req_core_api_definition_op req_core_conformance_success
        req_core_query_param_name_unknown
    }
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html" common_html in common {
        req_html_definition req_html_content
    }
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" features_core in features {
        req_core_fc_md_links req_core_fc_md_items req_core_fc_md_items_links req_core_fc_md_extent req_core_sfc_md_success
        req_core_fc_limit_definition req_core_fc_limit_response_1 req_core_fc_bbox_response req_core_fc_time_response
        req_core_fc_links req_core_fc_time_stamp req_core_fc_number_matched req_core_fc_number_returned req_core_f_success
        req_core_f_links req_core_query_param_unknown req_core_query_param_invalid req_core_crs84 req_core_http
    }
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson" features_geojson in features {
        req_geojson_definition req_geojson_content
    }
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html" features_html in features {
        req_html_content
    }
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" features_crs in features {
        req_crs_crs_uri req_crs_fc_md_storage_crs req_crs_fc_crs_definition req_crs_fc_crs_valid_value
        req_crs_fc_bbox_crs_definition req_crs_ogc_crs_header
    }
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables" features_queryables in cql2 {
        req_queryables_get_queryables_links req_queryables_get_queryables_response
    }
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters" features_queryable_parameters in cql2 {
        req_queryables_query_parameters_parameters
    }
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter" features_filter in cql2 {
        req_filter_filter_param req_filter_filter_lang_param req_filter_filter_crs_param req_filter_mixing_expressions
        req_filter_expression_validation
    }
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter" features_features_filter in cql2 {
        req_features_filter_filter_param
    }
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text" cql2_text in cql2 { req_cql2_text_validate }
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json" cql2_json in cql2 { req_cql2_json_validate }
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2" cql2_basic in cql2 {
        req_basic_cql2_cql2_filter req_basic_cql2_property
    }
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators" cql2_advanced in cql2 {
        req_advanced_comparison_operators_like_predicate req_advanced_comparison_operators_between_predicate
        req_advanced_comparison_operators_in_predicate
    }
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison" cql2_case in cql2 {
        req_case_insensitive_comparison_casei_function
    }
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison" cql2_accent in cql2 {
        req_accent_insensitive_comparison_accenti_function
    }
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions" cql2_spatial in cql2 {
        req_basic_spatial_functions_spatial_predicate
    }
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property" cql2_properties in cql2 {
        req_property_property_property_property
    }
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core" tiles_core in tiles {
        req_core_tc_op req_core_tc_success req_core_tc_error
    }
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset" tiles_tileset in tiles {
        req_tileset_desc_links req_tileset_success
    }
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list" tiles_list in tiles {
        req_tilesets_list_tileset_list
    }
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets" tiles_geodata in tiles {
        req_geodata_tilesets_desc_links
    }
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt" tiles_mvt in tiles { req_mvt_content }
}

#[tokio::test]
async fn every_class_that_is_declared_has_tests_named_after_its_requirements() {
    let server = Server::published().await;
    let declared = server.get("/ogc/conformance").await.json();
    let mut declared: Vec<&str> =
        declared["conformsTo"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    let mut tested: Vec<&str> = CLASSES.iter().map(|(uri, _)| *uri).collect();
    declared.sort_unstable();
    tested.sort_unstable();
    assert_eq!(declared, tested);
    for (uri, requirements) in CLASSES {
        assert!(requirements.iter().all(|name| name.starts_with("req_")), "{uri}");
    }
}
