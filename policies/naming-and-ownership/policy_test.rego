package cottage.naming_and_ownership_test

import data.cottage.naming_and_ownership

fine := {
	"app": {"team": "demo", "name": "lunch", "title": "Lunch", "owner": "ana@example.com"},
	"team": {"members": ["ana@example.com"], "leads": ["lea@example.com"]},
	"platform": {"id": "builder", "teams": ["demo"]},
}

codes(changes) := {violation.code |
	some violation in naming_and_ownership.violations with input as object.union(fine, changes)
}

owned_by(owner, members) := {"app": {"owner": owner}, "team": {"members": members}}

test_a_member_may_own_an_app if {
	codes({}) == set()
}

test_a_lead_may_own_an_app if {
	codes(owned_by("lea@example.com", [])) == set()
}

test_a_stranger_may_not if {
	codes(owned_by("eve@example.com", ["ana@example.com"])) == {"policy/owner-unknown"}
}

test_a_domain_admits_its_people_and_no_others if {
	codes(owned_by("bo@example.com", ["*@example.com"])) == set()
	codes(owned_by("bo@sub.example.com", ["*@example.com"])) == {"policy/owner-unknown"}
	codes(owned_by("bo@notexample.com", ["*@example.com"])) == {"policy/owner-unknown"}
}

test_a_star_admits_everybody_who_has_an_address if {
	codes(owned_by("eve@elsewhere.org", ["*"])) == set()
	codes(owned_by("", ["*"])) == {"policy/owner-unknown"}
	codes(owned_by("eve", ["*"])) == {"policy/owner-unknown"}
}

test_a_platform_publishes_for_its_own_teams_only if {
	codes({"platform": {"teams": ["finance"]}}) == {"policy/platform-not-allowed"}
}

test_a_name_is_one_label_of_an_address if {
	every name in ["", "Lunch", "-lunch", "lunch-", "lunch.demo", "lunch\n", "ünch"] {
		codes({"app": {"name": name}}) == {"policy/name-invalid"}
	}
	every name in ["a", "7", "team-lunch-2"] {
		codes({"app": {"name": name}}) == set()
	}
}

test_a_title_is_more_than_spaces if {
	codes({"app": {"title": " \t"}}) == {"policy/title-missing"}
}
