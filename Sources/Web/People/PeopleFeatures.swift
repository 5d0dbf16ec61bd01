import Visits

/// All pages and operations on people.
enum PeopleFeatures {
    static func all(_ people: PeopleAdministration, _ pages: Pages, _ maker: VisitPictureMaker, _ visits: VisitStore)
        -> [any Feature]
    {
        [
            PeoplePage(pages: pages, administration: people, visits: visits),
            UnknownPage(pages: pages, administration: people),
            QualityPage(pages: pages, administration: people),
            PeopleAPI(administration: people, visits: visits),
            VisitPicturesAPI(maker: maker, administration: people, visits: visits),
            SourcesAPI(administration: people),
        ]
    }
}
