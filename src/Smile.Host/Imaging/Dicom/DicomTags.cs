using System.Runtime.CompilerServices;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// The elements that are read or written here, with the value representation that PS3.6 gives them. Every other element of a
/// file is passed over, and so is not kept.
/// </summary>
internal static class DicomTags
{
    private static readonly Dictionary<DicomTag, (string Name, string Vr)> All = [];

    public static readonly DicomTag FileMetaInformationGroupLength = Add(0x0002, 0x0000, "UL");
    public static readonly DicomTag FileMetaInformationVersion = Add(0x0002, 0x0001, "OB");
    public static readonly DicomTag MediaStorageSOPClassUID = Add(0x0002, 0x0002, "UI");
    public static readonly DicomTag MediaStorageSOPInstanceUID = Add(0x0002, 0x0003, "UI");
    public static readonly DicomTag TransferSyntaxUID = Add(0x0002, 0x0010, "UI");
    public static readonly DicomTag ImplementationClassUID = Add(0x0002, 0x0012, "UI");
    public static readonly DicomTag ImplementationVersionName = Add(0x0002, 0x0013, "SH");

    public static readonly DicomTag SpecificCharacterSet = Add(0x0008, 0x0005, "CS");
    public static readonly DicomTag ImageType = Add(0x0008, 0x0008, "CS");
    public static readonly DicomTag SOPClassUID = Add(0x0008, 0x0016, "UI");
    public static readonly DicomTag SOPInstanceUID = Add(0x0008, 0x0018, "UI");
    public static readonly DicomTag StudyDate = Add(0x0008, 0x0020, "DA");
    public static readonly DicomTag SeriesDate = Add(0x0008, 0x0021, "DA");
    public static readonly DicomTag AcquisitionDate = Add(0x0008, 0x0022, "DA");
    public static readonly DicomTag ContentDate = Add(0x0008, 0x0023, "DA");
    public static readonly DicomTag AcquisitionDateTime = Add(0x0008, 0x002A, "DT");
    public static readonly DicomTag StudyTime = Add(0x0008, 0x0030, "TM");
    public static readonly DicomTag SeriesTime = Add(0x0008, 0x0031, "TM");
    public static readonly DicomTag AcquisitionTime = Add(0x0008, 0x0032, "TM");
    public static readonly DicomTag ContentTime = Add(0x0008, 0x0033, "TM");
    public static readonly DicomTag AccessionNumber = Add(0x0008, 0x0050, "SH");
    public static readonly DicomTag Modality = Add(0x0008, 0x0060, "CS");
    public static readonly DicomTag Manufacturer = Add(0x0008, 0x0070, "LO");
    public static readonly DicomTag ReferringPhysicianName = Add(0x0008, 0x0090, "PN");
    public static readonly DicomTag CodeValue = Add(0x0008, 0x0100, "SH");
    public static readonly DicomTag CodingSchemeDesignator = Add(0x0008, 0x0102, "SH");
    public static readonly DicomTag CodeMeaning = Add(0x0008, 0x0104, "LO");
    public static readonly DicomTag StudyDescription = Add(0x0008, 0x1030, "LO");
    public static readonly DicomTag SeriesDescription = Add(0x0008, 0x103E, "LO");
    public static readonly DicomTag OperatorsName = Add(0x0008, 0x1070, "PN");
    public static readonly DicomTag ManufacturerModelName = Add(0x0008, 0x1090, "LO");
    public static readonly DicomTag ReferencedSeriesSequence = Add(0x0008, 0x1115, "SQ");
    public static readonly DicomTag ReferencedInstanceSequence = Add(0x0008, 0x114A, "SQ");
    public static readonly DicomTag ReferencedSOPClassUID = Add(0x0008, 0x1150, "UI");
    public static readonly DicomTag ReferencedSOPInstanceUID = Add(0x0008, 0x1155, "UI");
    public static readonly DicomTag ReferencedFrameNumber = Add(0x0008, 0x1160, "IS");
    public static readonly DicomTag SourceImageSequence = Add(0x0008, 0x2112, "SQ");
    public static readonly DicomTag FrameType = Add(0x0008, 0x9007, "CS");
    public static readonly DicomTag DerivationImageSequence = Add(0x0008, 0x9124, "SQ");
    public static readonly DicomTag DerivationCodeSequence = Add(0x0008, 0x9215, "SQ");

    public static readonly DicomTag PatientName = Add(0x0010, 0x0010, "PN");
    public static readonly DicomTag PatientID = Add(0x0010, 0x0020, "LO");
    public static readonly DicomTag IssuerOfPatientID = Add(0x0010, 0x0021, "LO");
    public static readonly DicomTag PatientBirthDate = Add(0x0010, 0x0030, "DA");
    public static readonly DicomTag PatientSex = Add(0x0010, 0x0040, "CS");

    public static readonly DicomTag SliceThickness = Add(0x0018, 0x0050, "DS");
    public static readonly DicomTag KVP = Add(0x0018, 0x0060, "DS");
    public static readonly DicomTag SpacingBetweenSlices = Add(0x0018, 0x0088, "DS");
    public static readonly DicomTag DeviceSerialNumber = Add(0x0018, 0x1000, "LO");
    public static readonly DicomTag SoftwareVersions = Add(0x0018, 0x1020, "LO");
    public static readonly DicomTag ConvolutionKernel = Add(0x0018, 0x1210, "SH");
    public static readonly DicomTag FrameAcquisitionDateTime = Add(0x0018, 0x9074, "DT");
    public static readonly DicomTag CardiacSynchronizationSequence = Add(0x0018, 0x9118, "SQ");
    public static readonly DicomTag CTReconstructionSequence = Add(0x0018, 0x9314, "SQ");
    public static readonly DicomTag CTXRayDetailsSequence = Add(0x0018, 0x9325, "SQ");
    public static readonly DicomTag CTImageFrameTypeSequence = Add(0x0018, 0x9329, "SQ");

    public static readonly DicomTag StudyInstanceUID = Add(0x0020, 0x000D, "UI");
    public static readonly DicomTag SeriesInstanceUID = Add(0x0020, 0x000E, "UI");
    public static readonly DicomTag StudyID = Add(0x0020, 0x0010, "SH");
    public static readonly DicomTag SeriesNumber = Add(0x0020, 0x0011, "IS");
    public static readonly DicomTag AcquisitionNumber = Add(0x0020, 0x0012, "IS");
    public static readonly DicomTag InstanceNumber = Add(0x0020, 0x0013, "IS");
    public static readonly DicomTag ImagePositionPatient = Add(0x0020, 0x0032, "DS");
    public static readonly DicomTag ImageOrientationPatient = Add(0x0020, 0x0037, "DS");
    public static readonly DicomTag FrameOfReferenceUID = Add(0x0020, 0x0052, "UI");
    public static readonly DicomTag TemporalPositionIdentifier = Add(0x0020, 0x0100, "IS");
    public static readonly DicomTag PositionReferenceIndicator = Add(0x0020, 0x1040, "LO");
    public static readonly DicomTag StackID = Add(0x0020, 0x9056, "SH");
    public static readonly DicomTag FrameContentSequence = Add(0x0020, 0x9111, "SQ");
    public static readonly DicomTag PlanePositionSequence = Add(0x0020, 0x9113, "SQ");
    public static readonly DicomTag PlaneOrientationSequence = Add(0x0020, 0x9116, "SQ");
    public static readonly DicomTag TemporalPositionIndex = Add(0x0020, 0x9128, "UL");
    public static readonly DicomTag FrameAcquisitionNumber = Add(0x0020, 0x9156, "US");
    public static readonly DicomTag DimensionIndexValues = Add(0x0020, 0x9157, "UL");
    public static readonly DicomTag DimensionOrganizationUID = Add(0x0020, 0x9164, "UI");
    public static readonly DicomTag DimensionIndexPointer = Add(0x0020, 0x9165, "AT");
    public static readonly DicomTag FunctionalGroupPointer = Add(0x0020, 0x9167, "AT");
    public static readonly DicomTag DimensionOrganizationSequence = Add(0x0020, 0x9221, "SQ");
    public static readonly DicomTag DimensionIndexSequence = Add(0x0020, 0x9222, "SQ");
    public static readonly DicomTag NominalPercentageOfCardiacPhase = Add(0x0020, 0x9241, "FD");

    public static readonly DicomTag SamplesPerPixel = Add(0x0028, 0x0002, "US");
    public static readonly DicomTag PhotometricInterpretation = Add(0x0028, 0x0004, "CS");
    public static readonly DicomTag NumberOfFrames = Add(0x0028, 0x0008, "IS");
    public static readonly DicomTag Rows = Add(0x0028, 0x0010, "US");
    public static readonly DicomTag Columns = Add(0x0028, 0x0011, "US");
    public static readonly DicomTag PixelSpacing = Add(0x0028, 0x0030, "DS");
    public static readonly DicomTag BitsAllocated = Add(0x0028, 0x0100, "US");
    public static readonly DicomTag BitsStored = Add(0x0028, 0x0101, "US");
    public static readonly DicomTag HighBit = Add(0x0028, 0x0102, "US");
    public static readonly DicomTag PixelRepresentation = Add(0x0028, 0x0103, "US");
    public static readonly DicomTag PixelPaddingValue = Add(0x0028, 0x0120, "US");
    public static readonly DicomTag PixelPaddingRangeLimit = Add(0x0028, 0x0121, "US");
    public static readonly DicomTag RescaleIntercept = Add(0x0028, 0x1052, "DS");
    public static readonly DicomTag RescaleSlope = Add(0x0028, 0x1053, "DS");
    public static readonly DicomTag RescaleType = Add(0x0028, 0x1054, "LO");
    public static readonly DicomTag LossyImageCompression = Add(0x0028, 0x2110, "CS");
    public static readonly DicomTag LossyImageCompressionRatio = Add(0x0028, 0x2112, "DS");
    public static readonly DicomTag LossyImageCompressionMethod = Add(0x0028, 0x2114, "CS");
    public static readonly DicomTag ModalityLUTSequence = Add(0x0028, 0x3000, "SQ");
    public static readonly DicomTag PixelMeasuresSequence = Add(0x0028, 0x9110, "SQ");
    public static readonly DicomTag PixelValueTransformationSequence = Add(0x0028, 0x9145, "SQ");

    public static readonly DicomTag PurposeOfReferenceCodeSequence = Add(0x0040, 0xA170, "SQ");

    public static readonly DicomTag SegmentationType = Add(0x0062, 0x0001, "CS");
    public static readonly DicomTag SegmentSequence = Add(0x0062, 0x0002, "SQ");
    public static readonly DicomTag SegmentedPropertyCategoryCodeSequence = Add(0x0062, 0x0003, "SQ");
    public static readonly DicomTag SegmentNumber = Add(0x0062, 0x0004, "US");
    public static readonly DicomTag SegmentLabel = Add(0x0062, 0x0005, "LO");
    public static readonly DicomTag SegmentationAlgorithmIdentificationSequence = Add(0x0062, 0x0007, "SQ");
    public static readonly DicomTag SegmentAlgorithmType = Add(0x0062, 0x0008, "CS");
    public static readonly DicomTag SegmentAlgorithmName = Add(0x0062, 0x0009, "LO");
    public static readonly DicomTag SegmentIdentificationSequence = Add(0x0062, 0x000A, "SQ");
    public static readonly DicomTag ReferencedSegmentNumber = Add(0x0062, 0x000B, "US");
    public static readonly DicomTag RecommendedDisplayCIELabValue = Add(0x0062, 0x000D, "US");
    public static readonly DicomTag MaximumFractionalValue = Add(0x0062, 0x000E, "US");
    public static readonly DicomTag SegmentedPropertyTypeCodeSequence = Add(0x0062, 0x000F, "SQ");
    public static readonly DicomTag SegmentedPropertyTypeModifierCodeSequence = Add(0x0062, 0x0011, "SQ");
    public static readonly DicomTag SegmentsOverlap = Add(0x0062, 0x0013, "CS");

    public static readonly DicomTag AlgorithmFamilyCodeSequence = Add(0x0066, 0x002F, "SQ");
    public static readonly DicomTag AlgorithmVersion = Add(0x0066, 0x0031, "LO");
    public static readonly DicomTag AlgorithmName = Add(0x0066, 0x0036, "LO");

    public static readonly DicomTag ContentLabel = Add(0x0070, 0x0080, "CS");
    public static readonly DicomTag ContentDescription = Add(0x0070, 0x0081, "LO");
    public static readonly DicomTag ContentCreatorName = Add(0x0070, 0x0084, "PN");

    public static readonly DicomTag StructureSetLabel = Add(0x3006, 0x0002, "SH");
    public static readonly DicomTag StructureSetDate = Add(0x3006, 0x0008, "DA");
    public static readonly DicomTag StructureSetTime = Add(0x3006, 0x0009, "TM");
    public static readonly DicomTag ReferencedFrameOfReferenceSequence = Add(0x3006, 0x0010, "SQ");
    public static readonly DicomTag RTReferencedStudySequence = Add(0x3006, 0x0012, "SQ");
    public static readonly DicomTag RTReferencedSeriesSequence = Add(0x3006, 0x0014, "SQ");
    public static readonly DicomTag ContourImageSequence = Add(0x3006, 0x0016, "SQ");
    public static readonly DicomTag StructureSetROISequence = Add(0x3006, 0x0020, "SQ");
    public static readonly DicomTag ROINumber = Add(0x3006, 0x0022, "IS");
    public static readonly DicomTag ReferencedFrameOfReferenceUID = Add(0x3006, 0x0024, "UI");
    public static readonly DicomTag ROIName = Add(0x3006, 0x0026, "LO");
    public static readonly DicomTag ROIDisplayColor = Add(0x3006, 0x002A, "IS");
    public static readonly DicomTag ROIGenerationAlgorithm = Add(0x3006, 0x0036, "CS");
    public static readonly DicomTag ROIDerivationAlgorithmIdentificationSequence = Add(0x3006, 0x0037, "SQ");
    public static readonly DicomTag ROIGenerationDescription = Add(0x3006, 0x0038, "LO");
    public static readonly DicomTag ROIContourSequence = Add(0x3006, 0x0039, "SQ");
    public static readonly DicomTag ContourSequence = Add(0x3006, 0x0040, "SQ");
    public static readonly DicomTag ContourGeometricType = Add(0x3006, 0x0042, "CS");
    public static readonly DicomTag NumberOfContourPoints = Add(0x3006, 0x0046, "IS");
    public static readonly DicomTag ContourNumber = Add(0x3006, 0x0048, "IS");
    public static readonly DicomTag ContourData = Add(0x3006, 0x0050, "DS");
    public static readonly DicomTag RTROIObservationsSequence = Add(0x3006, 0x0080, "SQ");
    public static readonly DicomTag ObservationNumber = Add(0x3006, 0x0082, "IS");
    public static readonly DicomTag ReferencedROINumber = Add(0x3006, 0x0084, "IS");
    public static readonly DicomTag RTROIIdentificationCodeSequence = Add(0x3006, 0x0086, "SQ");
    public static readonly DicomTag RTROIInterpretedType = Add(0x3006, 0x00A4, "CS");
    public static readonly DicomTag ROIInterpreter = Add(0x3006, 0x00A6, "PN");
    public static readonly DicomTag ApprovalStatus = Add(0x300E, 0x0002, "CS");

    public static readonly DicomTag SharedFunctionalGroupsSequence = Add(0x5200, 0x9229, "SQ");
    public static readonly DicomTag PerFrameFunctionalGroupsSequence = Add(0x5200, 0x9230, "SQ");
    public static readonly DicomTag PixelData = Add(0x7FE0, 0x0010, "OW");

    public static readonly DicomTag Item = new(0xFFFE, 0xE000);
    public static readonly DicomTag ItemDelimitation = new(0xFFFE, 0xE00D);
    public static readonly DicomTag SequenceDelimitation = new(0xFFFE, 0xE0DD);

    public static (string Name, string Vr)? Find(DicomTag tag) => All.TryGetValue(tag, out var known) ? known : null;

    private static DicomTag Add(ushort group, ushort element, string vr, [CallerMemberName] string name = "")
    {
        var tag = new DicomTag(group, element);
        All.Add(tag, (name, vr));
        return tag;
    }
}
