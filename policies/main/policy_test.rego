package cottage.main_test

import data.cottage.main

fine := {
	"app": {
		"team": "demo",
		"name": "lunch",
		"title": "Lunch",
		"owner": "ana@example.com",
		"tier": "shared",
		"visibility": "company",
	},
	"team": {"members": ["ana@example.com"], "leads": []},
	"platform": {"id": "builder", "teams": ["demo"]},
	"grants": [],
}

test_nothing_wrong_is_an_empty_verdict if {
	main.verdict == {"violations": [], "approvals": []} with input as fine
}

test_every_rule_is_heard_in_a_stable_order if {
	verdict := main.verdict with input as object.union(fine, {"app": {
		"owner": "",
		"dataClass": "regulated",
		"tier": "edge",
		"visibility": "public",
	}})

	[violation.code | some violation in verdict.violations] == [
		"policy/data-class-tier",
		"policy/data-class-visibility",
		"policy/owner-unknown",
	]
	verdict.approvals == ["public", "tier:edge"]
}
