# What an app's data asks of the place it runs in, and which choices a person has to agree to first.
#
# An app without a data class is no violation: its owner is asked for it before it goes live.
package cottage.data_class_tier

violations contains {
	"code": "policy/data-class-tier",
	"severity": "block",
	"data": {"dataClass": input.app.dataClass, "tier": input.app.tier},
} if {
	rank(input.app.dataClass) >= rank(data.constants.isolatedFrom)
	input.app.tier != "isolated"
}

violations contains {
	"code": "policy/data-class-visibility",
	"severity": "block",
	"data": {"dataClass": input.app.dataClass, "visibility": input.app.visibility},
} if {
	rank(input.app.dataClass) >= rank(data.constants.neverPublicFrom)
	input.app.visibility == "public"
}

approvals contains needed if {
	some needed in needed_grants
	not needed in input.grants
}

needed_grants contains "public" if input.app.visibility == "public"

needed_grants contains concat(":", ["tier", input.app.tier]) if {
	input.app.tier in data.constants.tiersNeedingGrant
}

# How protected a class is. One that is not in the list ranks above all that are: a spelling nobody knows must
# not make regulated data harmless.
rank(class) := position if {
	some position, known in data.constants.dataClasses
	known == class
} else := count(data.constants.dataClasses)
