package cottage.data_class_tier_test

import data.cottage.data_class_tier

codes(app) := {violation.code |
	some violation in data_class_tier.violations with input as {"app": app, "grants": []}
}

needed(app, grants) := approvals if {
	approvals := data_class_tier.approvals with input as {"app": app, "grants": grants}
}

test_regulated_data_belongs_in_the_isolated_tier if {
	every tier in ["shared", "edge"] {
		codes({"dataClass": "regulated", "tier": tier, "visibility": "team"}) == {"policy/data-class-tier"}
	}
	codes({"dataClass": "regulated", "tier": "isolated", "visibility": "team"}) == set()
}

test_other_data_may_live_in_any_tier if {
	every class in ["public", "internal", "confidential"] {
		codes({"dataClass": class, "tier": "shared", "visibility": "company"}) == set()
	}
}

test_confidential_and_regulated_data_is_never_public if {
	every class in ["confidential", "regulated"] {
		codes({"dataClass": class, "tier": "isolated", "visibility": "public"}) == {"policy/data-class-visibility"}
	}
	every class in ["public", "internal"] {
		codes({"dataClass": class, "tier": "shared", "visibility": "public"}) == set()
	}
}

test_a_class_nobody_knows_is_handled_as_the_strictest if {
	codes({"dataClass": "Regulated", "tier": "shared", "visibility": "public"}) == {
		"policy/data-class-tier",
		"policy/data-class-visibility",
	}
}

test_an_app_without_a_class_is_no_violation if {
	codes({"tier": "shared", "visibility": "public"}) == set()
}

test_public_apps_and_special_tiers_need_a_grant if {
	needed({"tier": "shared", "visibility": "company"}, []) == set()
	needed({"tier": "shared", "visibility": "public"}, []) == {"public"}
	needed({"tier": "isolated", "visibility": "team"}, []) == {"tier:isolated"}
	needed({"tier": "edge", "visibility": "public"}, []) == {"public", "tier:edge"}
}

test_a_grant_that_holds_is_not_asked_for_again if {
	needed({"tier": "edge", "visibility": "public"}, ["public", "tier:isolated"]) == {"tier:edge"}
	needed({"tier": "edge", "visibility": "public"}, ["public", "tier:edge"]) == set()
}
