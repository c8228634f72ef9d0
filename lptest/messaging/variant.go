package messaging

import (
	"fmt"
	"slices"
)

// Variant is one way in which a frame may differ from the usual form while
// meaning the same, or what the service does where nobody knows.
type Variant string

// The variants of form. WithVariants and Service.SetVariants turn them on.
const (
	VariantSingle         Variant = "single"          // a list of one becomes its element
	VariantNumbers        Variant = "numbers"         // numbers become strings, a skillId becomes a number
	VariantCodes          Variant = "codes"           // codes are texts: "OK", "ACCEPTED", "BAD_REQUEST" …
	VariantTypedErrors    Variant = "typed-errors"    // refusals are .ReqBody$ErrorResp with title, details and errorCode
	VariantNoLastContent  Variant = "no-last-content" // no lastContentEventNotification
	VariantNoPIDs         Variant = "no-pids"         // no participantsPId, no originatorPId
	VariantNoDetails      Variant = "no-details"      // dialogs without participantsDetails
	VariantNoEmptyRoles   Variant = "no-empty-roles"  // roles without a participant are left out
	VariantBareEvents     Variant = "bare-events"     // events without conversationId, metadata and, unless they are private, messageAudience
	VariantDialogInEvent  Variant = "dialog-in-event" // events have dialogId inside event
	VariantParticipants   Variant = "participants"    // participants is a list of {id, role, state}
	VariantV3Events       Variant = "v3-events"       // live events are ms.MessagingEventNotification with changes
	VariantV3NoDialog     Variant = "v3-no-dialog"    // … without the outer dialogId
	VariantGenericTypes   Variant = "generic-types"   // subscriptions answer .ams.GenericSubscribe$Response
	VariantMinimalRings   Variant = "minimal-rings"   // the task has ringsDetails only, and those name the conversation
	VariantRingStates     Variant = "ring-states"     // a ring that ended is shown with its state before the DELETE
	VariantAcceptedUpsert Variant = "accepted-upsert" // an accepted ring is shown with taskCompleted before the DELETE
	VariantShortDelete    Variant = "short-delete"    // the DELETE of a task names its conversation only
	VariantTaskDelete     Variant = "task-delete"     // … its routingTaskId only
	VariantRingUpdated    Variant = "ring-updated"    // .ams.routing.RingUpdated is sent too
	VariantUnknown        Variant = "unknown"         // unknown fields and, before each notification, one of an unknown type
	VariantProfileList    Variant = "profile-list"    // profiles are lists of engagement attributes
	VariantStrayResponse  Variant = "stray-response"  // before each response one to a request that nobody made
)

// The variants of behaviour.
const (
	VariantInclusive         Variant = "inclusive"          // newerThanSequence and olderThanSequence include the number named
	VariantQueryPart         Variant = "query-participant"  // QueryMessages is refused to who takes no part
	VariantWatchers          Variant = "watchers"           // live events also go to whoever watches the conversation
	VariantNoPrivateEcho     Variant = "no-private-echo"    // private messages do not come back to who sent them
	VariantNoEcho            Variant = "no-echo"            // no event comes back to who sent it
	VariantNoMetadataEcho    Variant = "no-metadata-echo"   // events come without the metadata of their request
	VariantKeepAvailability  Variant = "keep-availability"  // the availability outlives the last socket
	VariantSuggestedListed   Variant = "suggested-listed"   // participants lists suggested agents too, and agentIds finds them
	VariantRequestUnassigned Variant = "request-unassigned" // AgentRequestConversation assigns nobody
)

// Variants lists every variant.
func Variants() []Variant { return slices.Clone(variants[:]) }

var variants = [...]Variant{
	VariantSingle, VariantNumbers, VariantCodes, VariantTypedErrors, VariantNoLastContent, VariantNoPIDs, VariantNoDetails,
	VariantNoEmptyRoles, VariantBareEvents, VariantDialogInEvent, VariantParticipants, VariantV3Events, VariantV3NoDialog,
	VariantGenericTypes, VariantMinimalRings, VariantRingStates, VariantAcceptedUpsert, VariantShortDelete, VariantTaskDelete, VariantRingUpdated,
	VariantUnknown, VariantProfileList, VariantStrayResponse,
	VariantInclusive, VariantQueryPart, VariantWatchers, VariantNoPrivateEcho, VariantNoEcho, VariantNoMetadataEcho,
	VariantKeepAvailability, VariantSuggestedListed, VariantRequestUnassigned,
}

type variantSet map[Variant]bool

func (s variantSet) has(v Variant) bool { return s[v] }

// SetVariants replaces the variants that are on.
func (s *Service) SetVariants(on ...Variant) {
	s.enter()
	defer s.mu.Unlock()
	s.variants = variantSet{}
	for _, v := range on {
		if !slices.Contains(variants[:], v) {
			panic(fmt.Sprintf("messaging: unknown variant %q: it is one of %q", v, Variants()))
		}
		s.variants[v] = true
	}
}
