"""pyHanko's own validation (ETSI EN 319 102-1) as a judge over what Signet made: nothing is fetched."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from support import pki


def spec(crls: Sequence[bytes] = (), *, stampers: str = "hard-fail") -> PdfSignatureValidationSpec:
    """How it is validated: the root is trusted, every certificate has to be proven not revoked.

    ``stampers`` is how strictly time stampers are asked about revocation.
    """
    trust = SimpleTrustManager.build(trust_roots=[x509.Certificate.load(pki.root().der)])

    def policy(mode: str) -> CertValidationPolicySpec:
        none = RevocationCheckingRule.NO_CHECK
        checking = (
            RevocationCheckingPolicy(none, none) if mode == "nocheck" else RevocationCheckingPolicy.from_legacy(mode)
        )
        rule = CertRevTrustPolicy(checking)
        return CertValidationPolicySpec(trust_manager=trust, revinfo_policy=rule)

    known = (
        [container for each in crls for container in CRLContainer.load_multi(crl.CertificateList.load(each))]
        if hasattr(CRLContainer, "load_multi")
        else [CRLContainer(crl.CertificateList.load(each)) for each in crls]
    )
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            policy("hard-fail"),
            RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY),
            ts_cert_validation_policy=policy(stampers),
            local_knowledge=LocalKnowledge(known_crls=known),
        )
    )


def judged(
    data: bytes, at: datetime, *, crls: Sequence[bytes] = (), stampers: str = "hard-fail", number: int = 0
) -> Any:
    """Validate one signature of a PDF with its archive, at a moment; the result's ``ades_subindic`` says how it is."""
    embedded = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures[number]
    moment = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)
    return asyncio.run(ades.ades_lta_validation(embedded, spec(crls, stampers=stampers), moment))
